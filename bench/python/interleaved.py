"""One table of everybody's steps: `steps` (in Rust) and `steps.py` take turns, row by row, several times.

    cargo build --release --features steps,candle,burn,rayon --bin steps
    python interleaved.py                          # one thread, on one core
    python interleaved.py --threads 2 --passes 5 "batch 256" conv

With one thread every process is bound to one core (`taskset`), as JAX does not keep to one by itself.
A cell has the least time of a step over all passes, and the median of the passes' medians.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ROWS = [
    "XOR 2-4-1, batch 4",
    "784-128-10, batch 32",
    "784-128-10, batch 64",
    "784-128-10, batch 256",
    "784-512-512-10 Adam, batch 128",
    "conv 5x5x8, pool, conv 5x5x16, pool, linear; batch 64",
    "GRU 128 x 64 steps, batch 16",
]
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}

options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
options.add_argument("words", nargs="*")
options.add_argument("--threads", type=int, default=1)
options.add_argument("--passes", type=int, default=3)
options.add_argument("--rounds", type=int, default=5)
options.add_argument("--compile", action="store_true")
options.add_argument("--steps", default=HERE.parent / "target/release/steps", help="the program of that name")
options = options.parse_args()


def seconds(cell):
    number, unit = cell.split()
    return float(number) * UNITS[unit]


def shown(time):
    unit, scale = next((unit, scale) for unit, scale in UNITS.items() if time < 1000 * scale or unit == "ms")
    return f"{time / scale:.3g} {unit}" if time / scale < 999.5 else f"{time / scale:.0f} {unit}"


def table(lines, cells):
    """(least, median) by name: the header's names and the row's cells, two for each name."""
    at = next(i for i, line in enumerate(lines) if "median" in line and "least and" not in line)
    names = cells(lines[at])[:: 2] if cells is spaced else cells(lines[at])[1::2]
    row = cells(lines[-1])[1:]
    pairs = zip(names, row[::2], row[1::2])
    return {name: (seconds(a), seconds(b)) for name, a, b in pairs if a and " / " not in name}


def barred(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def spaced(line):
    return re.split(r"  +", line.strip())


def run(row):
    common = ["--threads", str(options.threads), "--rounds", str(options.rounds)]
    pinned = ["taskset", "-c", "1"] if options.threads == 1 and shutil.which("taskset") else []
    rust = [str(options.steps), "--markdown", *common, "--only", row]
    python = [sys.executable, str(HERE / "steps.py"), *common, *["--compile"] * options.compile, row]
    found = {}
    for command, cells in (rust, barred), (python, spaced):
        ended = subprocess.run(pinned + command, capture_output=True, text=True)
        if ended.returncode != 0:
            sys.exit(ended.stderr)
        found |= table(ended.stdout.strip().splitlines(), cells)
    return found


def main():
    print("load", *os.getloadavg())
    print(f"f32, threads: {options.threads}; {options.passes} passes of {options.rounds} turns")
    rows = [row for row in ROWS if not options.words or any(word in row for word in options.words)]
    found = {row: [] for row in rows}
    for _ in range(options.passes):
        for row in rows:
            found[row].append(run(row))
    for row, passes in found.items():
        print(f"\n{row}")
        ours = min(times["ours"][0] for times in passes)
        for name in passes[0]:
            least = min(times[name][0] for times in passes)
            median = sorted(times[name][1] for times in passes)[len(passes) // 2]
            print(f"  {name:28}{shown(least):>10}{shown(median):>10}{ours / least:>8.2f}  ours / theirs")
    print("\nload", *os.getloadavg())


main()
