"""Writes precision.tsv: small computations with every value and every adjoint to 32 digits, by mpmath.

    pip install mpmath && python precision.py

A computation is a block of lines, one per node, and an empty line behind it. A line has fields
separated by tabs: the operation, its operands (numbers of earlier lines; an input has its value, a
literal is `#` and its value), the exact value, and the exact derivative of the last node by this one.
Exact means: in real arithmetic, from inputs and literals that are the doubles they print as. Both are
a pair of doubles whose sum is right to 32 digits. Some computations are well-known cancellations, the
others random, from a fixed seed.
"""

import random
from pathlib import Path

import mpmath as mp

mp.mp.dps = 120


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


# Value, and the derivative by each operand.
OPS = {
    "add": (lambda x, y: x + y, lambda x, y: (1, 1)),
    "sub": (lambda x, y: x - y, lambda x, y: (1, -1)),
    "mul": (lambda x, y: x * y, lambda x, y: (y, x)),
    "div": (lambda x, y: x / y, lambda x, y: (1 / y, -x / y**2)),
    "neg": (lambda x: -x, lambda x: (-1,)),
    "square": (lambda x: x**2, lambda x: (2 * x,)),
    "recip": (lambda x: 1 / x, lambda x: (-1 / x**2,)),
    "sqrt": (mp.sqrt, lambda x: (1 / (2 * mp.sqrt(x)),)),
    "exp": (mp.exp, lambda x: (mp.exp(x),)),
    "ln": (mp.log, lambda x: (1 / x,)),
    "log1p": (mp.log1p, lambda x: (1 / (1 + x),)),
    "expm1": (mp.expm1, lambda x: (mp.exp(x),)),
    "sin": (mp.sin, lambda x: (mp.cos(x),)),
    "cos": (mp.cos, lambda x: (-mp.sin(x),)),
    "tan": (mp.tan, lambda x: (1 + mp.tan(x) ** 2,)),
    "atan": (mp.atan, lambda x: (1 / (1 + x**2),)),
    "tanh": (mp.tanh, lambda x: (1 - mp.tanh(x) ** 2,)),
    "sigmoid": (sigmoid, lambda x: (sigmoid(x) * (1 - sigmoid(x)),)),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), lambda x: (sigmoid(x),)),
    "hypot": (mp.hypot, lambda x, y: (x / mp.hypot(x, y), y / mp.hypot(x, y))),
    "sum": (lambda *xs: mp.fsum(xs), lambda *xs: (1,) * len(xs)),
    "logsumexp": (
        lambda *xs: mp.log(mp.fsum(mp.exp(x) for x in xs)),
        lambda *xs: tuple(mp.exp(x) / mp.fsum(mp.exp(z) for z in xs) for x in xs),
    ),
}


# How many operands, where it is not one.
COUNTS = {"add": 2, "sub": 2, "mul": 2, "div": 2, "hypot": 2, "sum": 3, "logsumexp": 3}


class Graph:
    def __init__(self):
        self.nodes = []  # (op, operands, value)

    def put(self, op, operands, value):
        self.nodes.append((op, operands, value))
        return len(self.nodes) - 1

    def input(self, x):
        return self.put("input", [x], mp.mpf(x))

    def number(self, operand):
        return mp.mpf(operand) if isinstance(operand, float) else self.nodes[operand][2]

    def op(self, name, *operands):
        value = OPS[name][0](*[self.number(operand) for operand in operands])
        return self.put(name, list(operands), value)

    def adjoints(self):
        adjoints = [mp.mpf(0)] * len(self.nodes)
        adjoints[-1] = mp.mpf(1)
        for at in reversed(range(len(self.nodes))):
            name, operands, _ = self.nodes[at]
            if name == "input":
                continue
            slopes = OPS[name][1](*[self.number(operand) for operand in operands])
            for operand, slope in zip(operands, slopes):
                if not isinstance(operand, float):
                    adjoints[operand] += adjoints[at] * slope
        return adjoints

    def lines(self):
        for (name, operands, value), adjoint in zip(self.nodes, self.adjoints()):
            shown = [repr(operands[0])] if name == "input" else [
                f"#{operand!r}" if isinstance(operand, float) else str(operand) for operand in operands
            ]
            yield "\t".join([name, ",".join(shown), pair(value), pair(adjoint)])
        yield ""


def pair(number):
    high = float(number)
    return f"{high!r} {float(number - mp.mpf(high))!r}"


def classics():
    """Computations known for losing digits."""
    def one(x, *steps):
        g = Graph()
        at = g.input(x)
        for step in steps:
            at = step(g, at)
        return g

    yield one(1e-9, lambda g, x: g.op("add", x, 1.0), lambda g, y: g.op("sub", y, 1.0))
    yield one(1e-5, lambda g, x: g.op("exp", x), lambda g, y: g.op("sub", y, 1.0), lambda g, y: g.op("div", y, 0))
    yield one(3e-4, lambda g, x: g.op("cos", x), lambda g, y: g.op("sub", 1.0, y),
              lambda g, y: g.op("div", y, g.op("square", 0)))
    yield one(0.01, lambda g, x: g.op("sin", x), lambda g, y: g.op("sub", 0, y),
              lambda g, y: g.op("div", y, g.op("mul", g.op("square", 0), 0)))
    yield one(1e7, lambda g, x: g.op("sqrt", g.op("add", x, 1.0)), lambda g, y: g.op("sub", y, g.op("sqrt", 0)))
    # The small root of x^2 + b x + 1.
    g = Graph()
    b = g.input(12345.678)
    root = g.op("sqrt", g.op("sub", g.op("square", b), 4.0))
    g.op("mul", g.op("sub", root, b), 0.5)
    yield g
    # A variance as the mean of squares less the square of the mean.
    g = Graph()
    xs = [g.input(x) for x in (1000.1, 1000.2, 1000.4, 999.9, 1000.05)]
    mean = g.op("div", g.op("sum", *xs), 5.0)
    squares = g.op("div", g.op("sum", *[g.op("square", x) for x in xs]), 5.0)
    g.op("sub", squares, g.op("square", mean))
    yield g
    # A sigmoid's slope as s (1 - s), far out.
    g = Graph()
    s = g.op("sigmoid", g.input(20.0))
    g.op("mul", s, g.op("sub", 1.0, s))
    yield g
    # The area of a needle-like triangle by Heron.
    g = Graph()
    a, b, c = g.input(9.0), g.input(4.53), g.input(4.5300001)
    p = g.op("mul", g.op("sum", a, b, c), 0.5)
    area = g.op("mul", p, g.op("sub", p, a))
    area = g.op("mul", g.op("mul", area, g.op("sub", p, b)), g.op("sub", p, c))
    g.op("sqrt", area)
    yield g
    # A gradient whose terms cancel where the value does not.
    g = Graph()
    x = g.input(0.7)
    g.op("add", g.op("sub", g.op("exp", x), g.op("mul", g.op("exp", x), 0.9999999)), 3.0)
    yield g
    # A difference of logarithms.
    g = Graph()
    x = g.input(1e6)
    g.op("sub", g.op("ln", g.op("add", x, 1e-3)), g.op("ln", x))
    yield g
    # Long sums by one number after another.
    g = Graph()
    x = g.input(0.1)
    total = x
    for _ in range(40):
        total = g.op("add", total, x)
    g.op("sub", total, 4.0)
    yield g


# Whether an operation is tame at its operands.
def fits(name, xs):
    x = xs[0]
    if any(abs(x) > 30 for x in xs):
        return False
    if name in ("sqrt", "ln"):
        return x > 1e-3
    if name == "log1p":
        return x > -0.99
    if name == "recip":
        return abs(x) > 1e-3
    if name == "div":
        return abs(xs[1]) > 1e-3
    if name == "hypot":
        return abs(x) + abs(xs[1]) > 1e-3
    if name == "tan":
        return abs(mp.cos(x)) > 1e-3
    return True


def at_random(rng):
    g = Graph()
    for _ in range(rng.randint(1, 4)):
        g.input(round(rng.uniform(-2, 2), 6))
    steps = rng.randint(6, 22)
    while steps:
        name = rng.choice(sorted(OPS) + ["add", "sub", "mul"] * 4)
        count = COUNTS.get(name, 1)
        operands = [rng.randrange(len(g.nodes)) for _ in range(count)]
        if count == 2 and rng.random() < 0.2:
            operands[rng.randrange(2)] = round(rng.uniform(-2, 2), 3)
        if not fits(name, [g.number(operand) for operand in operands]):
            continue
        if all(isinstance(operand, float) for operand in operands):
            continue
        g.op(name, *operands)
        steps -= 1
    # One output that everything leads to.
    used = {operand for _, operands, _ in g.nodes for operand in operands if not isinstance(operand, float)}
    loose = [at for at in range(len(g.nodes)) if at not in used]
    if len(loose) > 1:
        g.op("sum", *loose)
    return g


if __name__ == "__main__":
    rng = random.Random(7)
    graphs = list(classics()) + [at_random(rng) for _ in range(48)]
    text = "\n".join(line for graph in graphs for line in graph.lines())
    Path(__file__).with_name("precision.tsv").write_text(text + "\n")
