"""The rows of `steps` (src/steps/work.rs) for PyTorch and JAX, in single precision.

    python steps.py                # one thread
    python steps.py --threads 2
    python steps.py --alone JAX --count 100 "batch 64"     # what alone.py runs
    python steps.py XOR batch      # rows whose name holds one of the words

PyTorch runs eagerly, as its users write it, with its own layers and optimizers; `--compile` adds
`torch.compile` where there is a C++ compiler. JAX is compiled (`jit`). The first losses are
printed, to be compared with ours.
"""

import argparse
import os
import sys
import time

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("words", nargs="*")
options.add_argument("--threads", type=int, default=1)
options.add_argument("--compile", action="store_true")
options.add_argument("--rounds", type=int, default=9)
options.add_argument("--alone", choices=["PyTorch", "compiled", "JAX"], help="no table: for alone.py")
options.add_argument("--count", type=int, default=100, help="how many steps that takes")
options = options.parse_args()
if options.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OMP_NUM_THREADS"] = str(options.threads)

import numpy as np

RATE, TURN = 0.1, 0.05


def numbers(shape, seed, scale=1.0):
    count = int(np.prod(shape))
    mixed = (np.arange(count, dtype=np.uint64) + np.uint64(1 + 1_000_003 * seed)) * np.uint64(2_654_435_761)
    return (scale * ((mixed % np.uint64(2**32)) / 2.0**31 - 1.0)).reshape(shape).astype(np.float32)


def layer(inputs, outputs, seed):
    scale = inputs**-0.5
    return [numbers((outputs, inputs), seed, scale), numbers((outputs,), seed + 1, scale)]


XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([[0], [1], [1], [0]], np.float32)
WORKS = {
    "XOR 2-4-1, batch 4": ("xor", 4),
    "784-128-10, batch 32": ("digits", 32),
    "784-128-10, batch 64": ("digits", 64),
    "784-128-10, batch 256": ("digits", 256),
    "784-512-512-10 Adam, batch 128": ("deep", 128),
    "conv 5x5x8, pool, conv 5x5x16, pool, linear; batch 64": ("conv", 64),
    "GRU 128 x 64 steps, batch 16": ("gru", 16),
}


def start(kind):
    """All parameters in PyTorch's shapes and order."""
    if kind == "xor":
        return layer(2, 4, 1) + layer(4, 1, 3)
    if kind == "digits":
        return layer(784, 128, 1) + layer(128, 10, 3)
    if kind == "deep":
        return layer(784, 512, 1) + layer(512, 512, 3) + layer(512, 10, 5)
    if kind == "conv":
        one, two = layer(25, 8, 1), layer(200, 16, 3)
        one[0], two[0] = one[0].reshape(8, 1, 5, 5), two[0].reshape(16, 8, 5, 5)
        return one + two + layer(256, 10, 5)
    of_input, of_hidden = layer(64, 384, 1), layer(128, 384, 3)
    return [of_input[0], of_hidden[0], of_input[1], of_hidden[1]] + layer(128, 64, 5)


def data(kind, batch):
    if kind == "xor":
        return XOR
    if kind == "gru":
        text = (np.arange(65 * batch) * 7 + np.arange(65 * batch) // 5) % 64
        text = text.reshape(65, batch)
        return np.eye(64, dtype=np.float32)[text[:-1]], text[1:].reshape(-1)
    shape = (batch, 1, 28, 28) if kind == "conv" else (batch, 784)
    return numbers(shape, 9), np.arange(batch) * 7 % 10


class Torch:
    def __init__(self, compile):
        import torch

        self.torch, self.compile = torch, compile
        self.name = f"PyTorch {torch.__version__}" + (" compiled" if compile else "")
        torch.set_num_threads(options.threads)

    def step(self, kind, batch):
        torch = self.torch
        nn, f = torch.nn, torch.nn.functional
        x, y = (torch.from_numpy(a) for a in data(kind, batch))
        net = {
            "xor": lambda: nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)),
            "digits": lambda: nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)),
            "deep": lambda: nn.Sequential(
                nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
            ),
            "conv": lambda: nn.Sequential(
                nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                nn.Flatten(), nn.Linear(256, 10),
            ),
            "gru": lambda: nn.ModuleList([nn.GRU(64, 128), nn.Linear(128, 64)]),
        }[kind]()
        with torch.no_grad():
            for parameter, array in zip(net.parameters(), start(kind)):
                parameter.copy_(torch.from_numpy(array))
        sgd = kind in ("xor", "digits")
        optimizer = torch.optim.SGD(net.parameters(), RATE) if sgd else torch.optim.Adam(net.parameters(), 1e-3)

        def loss():
            if kind == "xor":
                return ((net(x) - y) ** 2).sum() * (0.5 / 4)
            if kind == "gru":
                return f.cross_entropy(net[1](net[0](x)[0]).reshape(-1, 64), y)
            return f.cross_entropy(net(x), y)

        measured = torch.compile(loss) if self.compile else loss

        def step():
            optimizer.zero_grad()
            value = measured()
            value.backward()
            optimizer.step()
            return value.item()

        return step


class Jax:
    def __init__(self):
        import jax

        self.jax, self.name = jax, f"JAX {jax.__version__} (jit)"

    def step(self, kind, batch):
        jax = self.jax
        jnp = jax.numpy
        x, y = (jnp.asarray(a) for a in data(kind, batch))

        def cross_entropy(logits):
            return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()

        def conv(x, w, b):
            z = jax.lax.conv_general_dilated(x, w, (1, 1), "VALID") + b[:, None, None]
            return jax.lax.reduce_window(jax.nn.relu(z), -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

        def gru(ws, x):
            wi, wh, bi, bh = ws
            of_inputs = x @ wi.T + bi

            def cell(h, of_input):
                of_hidden = h @ wh.T + bh
                (ir, iz, im), (hr, hz, hm) = jnp.split(of_input, 3, 1), jnp.split(of_hidden, 3, 1)
                r, z = jax.nn.sigmoid(ir + hr), jax.nn.sigmoid(iz + hz)
                h = (1 - z) * jnp.tanh(im + r * hm) + z * h
                return h, h

            return jax.lax.scan(cell, jnp.zeros((batch, 128), jnp.float32), of_inputs)[1]

        def loss(ws):
            if kind == "xor":
                w1, b1, w2, b2 = ws
                return ((jnp.tanh(x @ w1.T + b1) @ w2.T + b2 - y) ** 2).sum() * (0.5 / 4)
            if kind == "gru":
                return cross_entropy((gru(ws[:4], x) @ ws[4].T + ws[5]).reshape(-1, 64))
            h, rest = x, ws
            if kind == "conv":
                h, rest = conv(conv(x, *ws[:2]), *ws[2:4]).reshape(batch, -1), ws[4:]
            for i in range(0, len(rest), 2):
                h = h @ rest[i].T + rest[i + 1]
                if i + 2 < len(rest):
                    h = jax.nn.relu(h)
            return cross_entropy(h)

        sgd = kind in ("xor", "digits")

        @jax.jit
        def stepped(ws, m, v, t):
            value, g = jax.value_and_grad(loss)(ws)
            if sgd:
                return value, [w - RATE * g for w, g in zip(ws, g)], m, v, t
            t = t + 1
            m = [0.9 * m + 0.1 * g for m, g in zip(m, g)]
            v = [0.999 * v + 0.001 * g * g for v, g in zip(v, g)]
            rate, root = 1e-3 / (1 - 0.9**t), jnp.sqrt(1 - 0.999**t)
            ws = [w - rate * m / (jnp.sqrt(v) / root + 1e-8) for w, m, v in zip(ws, m, v)]
            return value, ws, m, v, t

        ws = [jnp.asarray(w) for w in start(kind)]
        state = [ws, [0 * w for w in ws], [0 * w for w in ws], jnp.float32(0)]

        def step():
            value, *state[:] = stepped(*state)
            return float(value)

        return step


def shown(seconds):
    for scale, unit in (1e9, "ns"), (1e6, "us"), (1e3, "ms"):
        number = seconds * scale
        if number < 1000:
            break
    return f"{number:.2f} {unit}" if number < 10 else f"{number:.1f} {unit}" if number < 100 else f"{number:.0f} {unit}"


def most_memory():
    """The most memory that this process held so far, in KiB, as /proc says."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def alone():
    """As `steps --alone` (src/steps/alone.rs) does; memory before the steps is that with the library loaded."""
    contestant = Jax() if options.alone == "JAX" else Torch(options.alone == "compiled")
    before = most_memory()
    kind, batch = next(work for name, work in WORKS.items() if any(word in name for word in options.words))
    step = contestant.step(kind, batch)
    loss = step()
    print(f"first {loss:.6f}", flush=True)
    for _ in range(options.count - 1):
        loss = step()
    print(f"last {loss:.6f}\nmemory {before} {most_memory()}", flush=True)


def main():
    if options.alone:
        return alone()
    contestants = []
    for make in [lambda: Torch(False)] + [lambda: Torch(True)] * options.compile + [Jax]:
        try:
            contestants.append(make())
        except ImportError:
            pass
    print("python", sys.version.split()[0], "numpy", np.__version__, "load", *os.getloadavg())
    titles = "".join(f"  {c.name:>24}      median" for c in contestants)
    print(f"\nf32, threads: {options.threads}; least and median time of a step\n{'':56}{titles}")
    for name, (kind, batch) in WORKS.items():
        if options.words and not any(word in name for word in options.words):
            continue
        steps = [c.step(kind, batch) for c in contestants]
        for contestant, step in zip(contestants, steps):
            print(name, contestant.name, "losses", [round(step(), 6) for _ in range(5)], file=sys.stderr)
        runs = [[] for _ in steps]
        for _ in range(options.rounds):
            for step, times in zip(steps, runs):
                step()
                end = time.perf_counter() + TURN
                while time.perf_counter() < end:
                    begin = time.perf_counter()
                    step()
                    times.append(time.perf_counter() - begin)
        cells = [(min(times), sorted(times)[len(times) // 2]) for times in runs]
        print(f"{name:56}" + "".join(f"  {shown(a):>24}  {shown(b):>10}" for a, b in cells), flush=True)


main()
