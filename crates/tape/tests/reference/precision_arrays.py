"""Writes precision_arrays.tsv: computations with arrays, values and adjoints to 32 digits, by mpmath.

    pip install mpmath numpy && python precision_arrays.py

A computation is a block of lines with fields separated by tabs, and an empty line behind it:

    case  NAME  plain|through        what is computed, see `CASES`
    in    SHAPE  NUMBERS             an input, by commas; one line for each
    out   NUMBERS                    the exact result, each as a pair of doubles
    grad  NUMBERS                    the exact derivative by each input; one line for each

Exact means: in real arithmetic, from inputs that are the doubles they print as. `plain` is the derivative
of `sum(c out)`; `through` starts at `x / 3` and is that of `sum(c sin(out))`, so that operands and
upstream adjoints are rounded already. `c` is ((5 i) mod 7 - 3) / 4 for element i.
"""

import random
from pathlib import Path

import mpmath as mp
import numpy as np

mp.mp.dps = 200


class Value:
    """A number on a tape of its own."""

    tape = []

    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = mp.mpf(value), parents, mp.mpf(0)
        Value.tape.append(self)

    def __add__(self, other):
        other = lift(other)
        return Value(self.value + other.value, [(self, 1), (other, 1)])

    def __mul__(self, other):
        other = lift(other)
        return Value(self.value * other.value, [(self, other.value), (other, self.value)])

    def __sub__(self, other):
        return self + lift(other) * -1

    def __rsub__(self, other):
        return lift(other) - self

    def __truediv__(self, other):
        other = lift(other)
        y = self.value / other.value
        return Value(y, [(self, 1 / other.value), (other, -y / other.value)])

    def power(self, p):
        return Value(self.value**p, [(self, p * self.value ** (p - 1))])

    __radd__, __rmul__ = __add__, __mul__


def lift(x):
    return x if isinstance(x, Value) else Value(x)


def unary(value, slope):
    return np.vectorize(lambda x: Value(value(x.value), [(x, slope(x.value))]), otypes=[object])


exp = unary(mp.exp, mp.exp)
log = unary(mp.log, lambda x: 1 / x)
sin = unary(mp.sin, mp.cos)
tanh = unary(mp.tanh, lambda x: mp.sech(x) ** 2)
sqrt = unary(mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)))
absolute = unary(abs, mp.sign)


def total(x, axis=None, keepdims=False):
    return np.sum(x, axis=axis, keepdims=keepdims)


def mean(x, axis, keepdims=False):
    return total(x, axis, keepdims) / x.shape[axis]


def logsumexp(x, keepdims=False):
    return log(total(exp(x), -1, keepdims))


def log_softmax(x):
    return x - logsumexp(x, True)


def softmax(x):
    return exp(log_softmax(x))


def variance(x, correction):
    d = x - mean(x, -1, True)
    return total(d * d, -1) / (x.shape[-1] - correction)


def normalized(x):
    d = x - mean(x, -1, True)
    return d / sqrt(mean(d * d, -1, True) + 1e-5)


def largest(x):
    return np.array([max(row, key=lambda x: x.value) for row in x], dtype=object)


def windows(x):
    """[rows, columns] to all 2 x 2 windows side by side."""
    r, c = x.shape
    return x.reshape(r // 2, 2, c // 2, 2).transpose(0, 2, 1, 3).reshape(r // 2, c // 2, 4)


def conv(x, w):
    """Padded by 1, of one image and one kernel."""
    r, c = x.shape
    padded = np.full((r + 2, c + 2), Value(0), dtype=object)
    padded[1:-1, 1:-1] = x
    i, j = w.shape
    out = [[total(padded[a : a + i, b : b + j] * w) for b in range(c + 3 - j)] for a in range(r + 3 - i)]
    return np.array(out, dtype=object)


CLASSES = [1, 0, 2]

# What is computed, and the shapes of the inputs.
CASES = {
    "sum": (lambda x: total(x, -1), [(3, 20)]),
    "mean": (lambda x: mean(x, 0), [(20, 3)]),
    "cumsum": (lambda x: np.cumsum(x, -1), [(2, 8)]),
    "matmul": (lambda x, y: x.dot(y), [(2, 9), (9, 2)]),
    "linear": (lambda x, w, b: x.dot(w.T) + b, [(2, 6), (3, 6), (3,)]),
    "dot": (lambda x, y: np.array([total(x * y)], dtype=object), [(24,), (24,)]),
    "conv": (conv, [(4, 4), (3, 3)]),
    "avg_pool": (lambda x: mean(windows(x), -1), [(4, 6)]),
    "max_pool": (lambda x: largest(windows(x).reshape(-1, 4)).reshape(2, 3), [(4, 6)]),
    "softmax": (softmax, [(3, 5)]),
    "log_softmax": (log_softmax, [(3, 5)]),
    "logsumexp": (logsumexp, [(3, 5)]),
    "cross_entropy": (
        lambda x: np.array([-1 * log_softmax(x)[row, at] for row, at in enumerate(CLASSES)], dtype=object),
        [(3, 5)],
    ),
    "layer_norm": (normalized, [(3, 6)]),
    "rms_norm": (lambda x: x / sqrt(mean(x * x, -1, True) + 1e-5), [(3, 6)]),
    "variance": (lambda x: variance(x, 1), [(3, 6)]),
    "std": (lambda x: sqrt(variance(x, 0)), [(3, 6)]),
    "norm": (lambda x: sqrt(total(x * x, -1)), [(3, 6)]),
    "p_norm": (
        lambda x: np.vectorize(lambda s: s.power(mp.mpf(1) / 3), otypes=[object])(total(absolute(x) * x * x, -1)),
        [(3, 6)],
    ),
    "amax": (largest, [(3, 6)]),
    "prod": (lambda x: np.prod(x, -1), [(3, 5)]),
    "attention": (lambda q, k, v: softmax(q.dot(k.T)).dot(v), [(2, 3), (4, 3), (4, 2)]),
    "network": (
        lambda x, w, u: log_softmax(tanh(x.dot(w.T)).dot(u.T)),
        [(2, 4), (5, 4), (3, 5)],
    ),
}

# How inputs are drawn.
DRAWS = {
    "usual": lambda rng: round(rng.gauss(0, 1), 3),
    "wide": lambda rng: round(rng.gauss(0, 12), 2),
    "far": lambda rng: round(1000 + rng.gauss(0, 1), 4),
}


def pair(number):
    high = float(number)
    low = float(number - mp.mpf(high))
    return f"{high!r} {low:.5g}"


def numbers(xs):
    return ",".join(pair(x) for x in xs)


def block(name, how, draw, rng):
    f, shapes = CASES[name]
    Value.tape.clear()
    plain = [[DRAWS[draw](rng) for _ in range(int(np.prod(shape)))] for shape in shapes]
    inputs = [np.array([Value(x) for x in xs], dtype=object).reshape(shape) for xs, shape in zip(plain, shapes)]
    out = f(*[x / 3 if how == "through" else x for x in inputs])
    ends = sin(out) if how == "through" else out
    loss = total(np.array([x * (((5 * i) % 7 - 3) / 4) for i, x in enumerate(ends.ravel())], dtype=object))
    loss.grad = mp.mpf(1)
    for node in reversed(Value.tape):
        for parent, slope in node.parents:
            parent.grad += node.grad * slope
    yield f"case\t{name}\t{how}"
    for xs, shape in zip(plain, shapes):
        yield "in\t" + ",".join(map(str, shape)) + "\t" + ",".join(map(repr, xs))
    yield "out\t" + numbers(x.value for x in out.ravel())
    for x in inputs:
        yield "grad\t" + numbers(x.grad for x in x.ravel())
    yield ""


def main():
    rng = random.Random(7)
    lines = []
    for name in CASES:
        for how in ["plain", "through"]:
            for draw in ["usual", "wide"] + ["far"] * (how == "plain"):
                lines.extend(block(name, how, draw, rng))
    Path(__file__).with_suffix(".tsv").write_text("\n".join(lines))


main()
