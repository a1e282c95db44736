"""Trainings in processes of their own: time from the start of the process to the end of its first
step, and the most memory it ever held, for `steps` of this folder's parent and for `steps.py`.

    cargo build --release --features steps,candle,burn,rayon --bin steps
    python alone.py                                  # all of them, 7 processes each
    python alone.py --repeats 3 "784-128-10, batch 64"

Contestants take turns. The clock starts before the process does and stops when its first loss has
come through a pipe: loading of libraries, making of the network, and for JAX and `compiled` the
compiler are all in it. Memory is VmHWM of /proc/PID/status at the end of all steps; `before` is
the same when libraries are loaded and nothing is made yet. The first loss must be ours; the last one
is printed, as roundings grow over so many steps.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
ROWS = {
    "784-128-10, batch 64": 200,
    "784-512-512-10 Adam, batch 128": 50,
    "conv 5x5x8, pool, conv 5x5x16, pool, linear; batch 64": 50,
}

options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
options.add_argument("words", nargs="*")
options.add_argument("--repeats", type=int, default=7)
options.add_argument("--steps", default=HERE.parent / "target/release/steps", help="the program of that name")
options.add_argument("--compile", action="store_true", help="PyTorch compiled, too: half a minute for each process")
options = options.parse_args()


def commands(row, count):
    rust = [str(options.steps), "--count", str(count), "--only", row, "--alone"]
    python = [sys.executable, str(HERE / "steps.py"), "--count", str(count), row, "--alone"]
    for name in "ours", "by hand", "candle", "burn":
        yield name, rust + [name]
    for name in ["PyTorch", "JAX"] + ["compiled"] * options.compile:
        yield name, python + [name]


def run(command):
    """Seconds to the first loss, the two losses, the two amounts of memory in KiB; or nothing."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    first = process.stdout.readline().split()
    seconds = time.perf_counter() - start
    rest = dict(line.split(maxsplit=1) for line in process.stdout)
    if process.wait() != 0 or first[:1] != ["first"]:
        return None
    return seconds, (float(first[1]), float(rest["last"])), [int(kib) for kib in rest["memory"].split()]


def main():
    print("load", *os.getloadavg(), f"; {options.repeats} processes of each, one thread")
    print("start: from the start of the process to the end of its first step, least and median\n")
    for row, count in ROWS.items():
        if options.words and not any(word in row for word in options.words):
            continue
        print(f"{row}, {count} steps\n{'':12}{'start':>9}{'median':>10}{'before':>12}{'at most':>12}{'last loss':>12}")
        contestants = dict(commands(row, count))
        found = {name: [] for name in contestants}
        for _ in range(options.repeats):
            for name, command in contestants.items():
                found[name].append(run(command))
        ours = found["ours"][0][1]
        for name, runs in found.items():
            if None in runs:
                print(f"{name:12}{'takes no part':>43}")
                continue
            times = sorted(seconds for seconds, _, _ in runs)
            before, most = (max(memory[i] for _, _, memory in runs) / 1024 for i in range(2))
            last = min(losses[1] for _, losses, _ in runs)
            if any(abs(losses[0] - ours[0]) > 1e-4 * abs(ours[0]) for _, losses, _ in runs):
                sys.exit(f"{name}: first losses differ from {ours[0]}: {runs}")
            milliseconds = times[0] * 1e3, times[len(times) // 2] * 1e3
            print("{:12}{:6.1f} ms{:7.1f} ms{:8.1f} MiB{:8.1f} MiB{:12.6f}".format(name, *milliseconds, before, most, last))
        print(flush=True)
    print("load", *os.getloadavg())


main()
