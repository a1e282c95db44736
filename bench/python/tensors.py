"""The rows of `tensors` (src/tensors/task.rs) for PyTorch and JAX, on the processor.

    python tensors.py                       # one thread; whichever of the two is installed
    python tensors.py --threads 2 matmul    # rows whose name holds the word

PyTorch runs eagerly, as its users write it. JAX is compiled (`jit`) with its arguments on the
device, which is the only way it is meant to be used; what it then does without is a tape.
"""

import argparse
import os
import sys
import time

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("words", nargs="*")
options.add_argument("--threads", type=int, default=1)
options = options.parse_args()
if options.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OMP_NUM_THREADS"] = str(options.threads)
os.environ["JAX_ENABLE_X64"] = "1"

import numpy as np

SIDE, REPEATS, RATE = 1024, 500, 0.1
ROUNDS, TURN = 9, 0.02


def numbers(shape, seed, dtype):
    count = int(np.prod(shape))
    mixed = (np.arange(count, dtype=np.uint64) + np.uint64(1 + 1_000_003 * seed)) * np.uint64(2_654_435_761)
    return ((mixed % np.uint64(2**32)) / 2.0**31 - 1.0).reshape(shape).astype(dtype)


def rows():
    """Name, what to do, its arguments, and how many of the thing there are in a run."""
    for n in 64, 256, 1024:
        for letters in "NN", "NT", "TN", "TT":
            yield f"matmul {n} {letters}", "matmul", ((n, n), (n, n)), letters, 1
    square = (SIDE, SIDE)
    for name in "exp", "ln", "tanh", "sigmoid", "x + x^T":
        yield name, name, (square,), None, 1
    yield "matrix + row", "add", (square, (SIDE,)), None, 1
    yield "matrix + column", "add", (square, (SIDE, 1)), None, 1
    yield "sum over axis 0", "sum", (square,), 0, 1
    yield "sum over axis 1", "sum", (square,), 1, 1
    yield "sum of all", "sum", (square,), None, 1
    yield "softmax", "softmax", (square,), None, 1
    yield "softmax and gradient", "softmax_pull", (square, square), None, 1
    yield "layer norm", "layer_norm", (square,), None, 1
    yield "layer norm and gradient", "layer_norm_pull", (square, square), None, 1
    yield "operation on 4", "small", ((4,),), None, 2 * REPEATS
    yield "operation on 4 and gradient", "small_pull", ((4,),), None, 2 * REPEATS
    for batch, inputs, hidden, outputs in (64, 784, 128, 10), (4, 2, 8, 2):
        name = f"step {inputs}-{hidden}-{outputs}, batch {batch}"
        yield name, "step", ((batch, inputs),), (inputs, hidden, outputs), 1


def weights(inputs, hidden, outputs, dtype):
    scales = inputs**-0.5, inputs**-0.5, hidden**-0.5, hidden**-0.5
    shapes = (hidden, inputs), (hidden,), (outputs, hidden), (outputs,)
    return [numbers(shape, 5 + i, dtype) * dtype(scale) for i, (shape, scale) in enumerate(zip(shapes, scales))]


def classes(batch, outputs):
    return np.arange(batch) * 7 % outputs


class Torch:
    def __init__(self):
        import torch

        self.torch = torch
        self.name = f"PyTorch {torch.__version__}"
        torch.set_num_threads(options.threads)

    def work(self, what, arrays, detail):
        torch = self.torch
        f = torch.nn.functional
        x, *rest = [torch.from_numpy(array) for array in arrays]
        if what == "matmul":
            a, b = (y.t() if letter == "T" else y for y, letter in zip((x, rest[0]), detail))
            return lambda: a @ b
        if what == "step":
            return self.step(x, detail, arrays[0].dtype.type)
        if what.startswith("small") or what.endswith("pull"):
            pull = what.endswith("pull")
            x.requires_grad_()

            def small():
                y = x
                for _ in range(REPEATS):
                    y = (y + x) * 0.5
                if pull:
                    return torch.autograd.grad(y.sum(), x)

            rules = {"softmax_pull": lambda: f.softmax(x, 1), "layer_norm_pull": lambda: f.layer_norm(x, (SIDE,))}
            rule = rules.get(what)
            return small if rule is None else lambda: torch.autograd.grad((rule() * rest[0]).sum(), x)
        return {
            "exp": lambda: torch.exp(x),
            "ln": lambda: torch.log(x),
            "tanh": lambda: torch.tanh(x),
            "sigmoid": lambda: torch.sigmoid(x),
            "x + x^T": lambda: x + x.t(),
            "add": lambda: x + rest[0],
            "sum": lambda: x.sum() if detail is None else x.sum(detail),
            "softmax": lambda: f.softmax(x, 1),
            "layer_norm": lambda: f.layer_norm(x, (SIDE,)),
        }[what]

    def step(self, x, sizes, dtype):
        torch = self.torch
        f = torch.nn.functional
        w1, b1, w2, b2 = ws = [torch.from_numpy(w).requires_grad_() for w in weights(*sizes, dtype)]
        targets = torch.from_numpy(classes(len(x), sizes[2]))

        def step():
            logits = f.linear(f.linear(x, w1, b1).relu(), w2, b2)
            gradients = torch.autograd.grad(f.cross_entropy(logits, targets), ws)
            with torch.no_grad():
                for w, g in zip(ws, gradients):
                    w -= RATE * g

        return step


class Jax:
    def __init__(self):
        import jax

        self.jax = jax
        self.name = f"JAX {jax.__version__} (jit)"

    def work(self, what, arrays, detail):
        jax = self.jax
        jnp = jax.numpy
        arrays = [jnp.asarray(array) for array in arrays]
        if what == "step":
            return self.step(arrays[0], detail, arrays[0].dtype.type)

        def layer_norm(x):
            centred = x - x.mean(1, keepdims=True)
            return centred / jnp.sqrt((centred * centred).mean(1, keepdims=True) + 1e-5)

        def small(x):
            return jax.lax.fori_loop(0, REPEATS, lambda _, y: (y + x) * 0.5, x)

        def pulled(rule):
            return jax.grad(lambda x, g: (rule(x) * g).sum())

        function = {
            "matmul": lambda a, b: (a.T if detail[0] == "T" else a) @ (b.T if detail[1] == "T" else b),
            "exp": jnp.exp,
            "ln": jnp.log,
            "tanh": jnp.tanh,
            "sigmoid": jax.nn.sigmoid,
            "x + x^T": lambda x: x + x.T,
            "add": lambda x, b: x + b,
            "sum": lambda x: x.sum(detail),
            "softmax": lambda x: jax.nn.softmax(x, 1),
            "softmax_pull": pulled(lambda x: jax.nn.softmax(x, 1)),
            "layer_norm": layer_norm,
            "layer_norm_pull": pulled(layer_norm),
            "small": small,
            "small_pull": jax.grad(lambda x: small(x).sum()),
        }[what]
        compiled = jax.jit(function)
        return lambda: compiled(*arrays).block_until_ready()

    def step(self, x, sizes, dtype):
        jax = self.jax
        jnp = jax.numpy
        targets = jnp.asarray(classes(len(x), sizes[2]))

        def loss(ws):
            w1, b1, w2, b2 = ws
            logits = jax.nn.relu(x @ w1.T + b1) @ w2.T + b2
            return -jnp.take_along_axis(jax.nn.log_softmax(logits), targets[:, None], 1).mean()

        @jax.jit
        def stepped(ws):
            return [w - RATE * g for w, g in zip(ws, jax.grad(loss)(ws))]

        ws = [jnp.asarray(w) for w in weights(*sizes, dtype)]

        def step():
            nonlocal ws
            ws = jax.block_until_ready(stepped(ws))

        return step


def shown(seconds):
    for scale, unit in (1e9, "ns"), (1e6, "us"), (1e3, "ms"):
        number = seconds * scale
        if number < 1000:
            break
    return f"{number:.2f} {unit}" if number < 10 else f"{number:.1f} {unit}" if number < 100 else f"{number:.0f} {unit}"


def measure(work, count):
    work()
    times = []
    for _ in range(ROUNDS):
        end = time.perf_counter() + TURN
        while time.perf_counter() < end:
            start = time.perf_counter()
            work()
            times.append((time.perf_counter() - start) / count)
    return min(times), sorted(times)[len(times) // 2]


def main():
    contestants = []
    for contestant in Torch, Jax:
        try:
            contestants.append(contestant())
        except ImportError:
            pass
    print("python", sys.version.split()[0], "numpy", np.__version__, "load", *os.getloadavg())
    for dtype in np.float32, np.float64:
        titles = "".join(f"  {c.name:>20}      median" for c in contestants)
        kind = "f32" if dtype is np.float32 else "f64"
        print(f"\n{kind}, threads: {options.threads}; least and median time of a run\n{'':28}{titles}")
        for name, what, shapes, detail, count in rows():
            if not all(word in name for word in options.words):
                continue
            arrays = [numbers(shape, i + 1, dtype) for i, shape in enumerate(shapes)]
            if what == "ln":
                arrays = [arrays[0] + dtype(1.5)]
            cells = [measure(c.work(what, arrays, detail), count) for c in contestants]
            print(f"{name:28}" + "".join(f"  {shown(least):>20}  {shown(median):>10}" for least, median in cells), flush=True)


main()
