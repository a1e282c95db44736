"""Writes ops.tsv: every elementwise operation and its derivatives, to 20 digits, by mpmath.

    pip install mpmath && python ops.py

One line per case, fields separated by tabs, operands by commas:

    one operand    op  x      value  f'  f''  f'''  f''''
    powi           op  x,n    the same, derivatives in x (n is an integer)
    two operands   op  x,y    value  f_x  f_y  f_xx  f_xy  f_yy
    logsumexp      op  x,...  value  one partial per operand

An operand is the shortest decimal that reads back as the double the row was computed with. Points
keep clear of kinks, poles and overflow; some stand deep in a tail, where a careless formula has no
digits left. Compare relative to max(1, |number|): next to a root only the absolute error means
anything. `nan` is the answer for the partials in y of x**y at negative x.

Derivatives in one operand are mpmath's (finite differences in extended precision), those of powers,
of two operands and of logsumexp are written out. Every number is computed twice, at two precisions
that must agree to 30 digits, so that no printed digit is noise. A function with a kink is given as
its smooth branch.
"""

from pathlib import Path

import mpmath as mp

DIGITS = 20
PRECISIONS = (80, 110)

# Operands, as in Python's float literals.
AROUND_ZERO = [-3.7, -1.25, -0.6, -0.01, -1e-5, 1e-5, 0.01, 0.3, 0.75, 1.1, 2.5, 4.2]
ALL_LINE = [-1e6, -40.3, *AROUND_ZERO, 11.9, 1234.5]
POSITIVE = [1e-30, 1e-10, 1e-3, 0.1, 0.5, 0.999, 1.0, 1.001, 2.0, 7.3, 10.0, 123.4, 1e6, 1e10, 1e30]
TAILS = [-40.0, -30.0, -19.0, -8.5, -3.7, -1.25, -0.3, -0.01, 0.0, 1e-5, 0.4, 1.0, 2.5, 6.0, 12.5, 19.0, 30.0, 40.0]
ANGLES = [-1e6, -100.25, -7.5, -2.3, -0.7, -1e-3, 1e-10, 0.4, 1.1, 2.8, 5.0, 33.3, 1e4]
UNIT = [-0.999999, -0.99, -0.7, -0.25, -1e-3, -1e-10, 1e-10, 1e-5, 0.1, 0.5, 0.83, 0.99, 0.999999]
BRANCHES = [-1e6, -40.3, -3.7, -1.3, -1.001, -0.8, -0.3, -1e-3, 1e-3, 0.2, 0.45, 0.9, 1.2, 2.7, 11.9, 1e6]
FRACTIONS = [-1000000.25, -40.3, -3.7, -1.501, -1.499, -0.8, -0.3, -1e-3, 1e-3, 0.2, 0.499, 0.501, 1.2, 2.7, 11.9, 1e6 + 0.75]


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def softplus(x):
    return mp.log1p(mp.exp(x))


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def gelu_tanh(x):
    u = mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3)
    return x * sigmoid(2 * u)


def lgamma(x):
    return mp.re(mp.loggamma(x))


def selu(x):
    scale, alpha = mp.mpf("1.0507009873554804934193349852946"), mp.mpf("1.6732632423543772848170429916717")
    return scale * (x if x > 0 else alpha * mp.expm1(x))


def clip(x, low, high):
    return min(max(x, low), high)


ONE_OPERAND = {
    "neg": (lambda x: -x, ALL_LINE),
    "exp": (mp.exp, [-700.0, -100.5, -20.0, -3.7, -1.0, -0.1, -1e-10, 1e-10, 0.3, 1.0, 5.5, 20.0, 300.0, 700.0]),
    "exp2": (lambda x: mp.mpf(2) ** x, [-1000.0, -100.5, -10.0, -0.5, -1e-10, 1e-5, 0.3, 1.0, 3.0, 20.7, 500.25, 1000.0]),
    "exp10": (lambda x: mp.mpf(10) ** x, [-300.0, -50.5, -5.0, -0.7, -1e-10, 1e-5, 0.25, 1.0, 3.0, 17.3, 150.5, 300.0]),
    "expm1": (mp.expm1, [-40.0, -5.0, -1.0, -0.3, -1e-5, -1e-10, 1e-10, 1e-5, 0.01, 0.5, 2.0, 12.5, 300.0, 700.0]),
    "ln": (mp.log, POSITIVE),
    "log2": (lambda x: mp.log(x) / mp.log(2), POSITIVE),
    "log10": (mp.log10, POSITIVE),
    "log1p": (mp.log1p, [-0.999999, -0.9, -0.5, -1e-3, -1e-10, 1e-10, 1e-5, 0.1, 0.7, 1.0, 5.5, 100.0, 1e6, 1e20]),
    "sqrt": (mp.sqrt, POSITIVE),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), [-1e30, -1e6, -27.0, -0.3, -1e-10, *POSITIVE]),
    "square": (lambda x: x * x, [*ALL_LINE, 1e30, -1e-10]),
    "recip": (lambda x: 1 / x, [-1e30, -1e6, -3.7, -0.2, -1e-10, *POSITIVE]),
    "sin": (mp.sin, ANGLES),
    "cos": (mp.cos, ANGLES),
    "tan": (mp.tan, ANGLES),
    "asin": (mp.asin, UNIT),
    "acos": (mp.acos, UNIT),
    "atan": (mp.atan, [*ALL_LINE, 1e10, 1e30]),
    "sinh": (mp.sinh, [-700.0, -40.0, -5.5, -1.0, -0.1, -1e-10, 1e-10, 1e-5, 0.3, 0.9, 2.5, 19.0, 300.0, 700.0]),
    "cosh": (mp.cosh, [-700.0, -40.0, -5.5, -1.0, -0.1, -1e-10, 1e-10, 1e-5, 0.3, 0.9, 2.5, 19.0, 300.0, 700.0]),
    "tanh": (mp.tanh, TAILS),
    "asinh": (mp.asinh, [-1e30, -1e10, *ALL_LINE, 1e10, 1e30]),
    "acosh": (mp.acosh, [1.000001, 1.0001, 1.01, 1.1, 1.5, 2.0, 3.3, 10.0, 123.4, 1e6, 1e10, 1e30]),
    "atanh": (mp.atanh, UNIT),
    "sigmoid": (sigmoid, TAILS),
    "log_sigmoid": (lambda x: -softplus(-x), [-100.0, *TAILS, 300.0]),
    "softplus": (softplus, [-300.0, *TAILS, 100.0]),
    "relu": (lambda x: max(x, 0), BRANCHES),
    "leaky_relu": (lambda x: x if x > 0 else mp.mpf("0.01") * x, BRANCHES),
    "elu": (lambda x: x if x > 0 else mp.expm1(x), BRANCHES),
    "selu": (selu, BRANCHES),
    "silu": (lambda x: x * sigmoid(x), TAILS),
    "mish": (lambda x: x * mp.tanh(softplus(x)), TAILS),
    "softsign": (lambda x: x / (1 + abs(x)), BRANCHES),
    "gelu": (lambda x: x * normal_cdf(x), [-20.0, -10.0, *TAILS[2:-3]]),
    "gelu_tanh": (gelu_tanh, [-10.0, *TAILS[3:-4]]),
    "hard_tanh": (lambda x: clip(x, -1, 1), BRANCHES),
    "ramp": (lambda x: clip(x + mp.mpf(1) / 2, 0, 1), BRANCHES),
    "step": (lambda x: mp.mpf(x > 0), BRANCHES),
    "sign": (mp.sign, BRANCHES),
    "abs": (abs, BRANCHES),
    "floor": (mp.floor, FRACTIONS),
    "ceil": (mp.ceil, FRACTIONS),
    "round": (mp.nint, FRACTIONS),
    "trunc": (lambda x: mp.sign(x) * mp.floor(abs(x)), FRACTIONS),
    "erf": (mp.erf, [-9.0, -6.0, -2.5, -1.0, -0.3, -1e-5, 1e-10, 0.01, 0.5, 0.84, 1.25, 3.0, 5.0]),
    "erfc": (mp.erfc, [-6.0, -2.5, -0.3, -1e-5, 1e-10, 0.2, 0.84, 1.25, 3.0, 5.0, 10.0, 15.0, 20.0, 25.0]),
    "lgamma": (lgamma, [-100.5, -10.25, -3.7, -2.5, -1.5, -0.25, -1e-3, 1e-10, 1e-3, 0.3, 0.9, 1.0, 1.5, 2.0, 3.25, 11.0, 150.5, 1e6, 1e10]),
    "digamma": (mp.digamma, [-100.25, -10.4, -3.7, -2.5, -1.5, -0.25, -1e-3, 1e-5, 1e-3, 0.3, 0.9, 1.0, 1.5, 2.0, 3.25, 11.0, 150.5, 1e6, 1e10]),
}  # fmt: skip

# Made of straight pieces, for x > 0 at least: nothing beyond the slope.
STRAIGHT = {"neg", "relu", "leaky_relu", "hard_tanh", "ramp", "step", "sign", "abs", "floor", "ceil", "round", "trunc"}
STRAIGHT_ABOVE_0 = {"elu", "selu"}

# Derivatives of order 1 to 4 of ln|Gamma| are polygammas: faster and safer than differences.
CLOSED_FORMS = {
    "lgamma": lambda x, order: mp.psi(order - 1, x),
    "digamma": lambda x, order: mp.psi(order, x),
}

PAIRS = [
    (0.5, 2.25), (-3.7, 1.3), (2.0, -0.7), (-1.25, -4.5), (1e-5, 3.0), (1e6, 0.3), (-40.3, 1e-3),
    (7.0, 1e4), (1e-10, -1e-10), (123.4, 11.9), (-0.3, 1e10), (1e100, 2e100),
]  # fmt: skip

POW_PAIRS = [
    (0.5, 2.25), (2.0, 10.0), (2.0, -3.0), (1.5, 0.5), (1.0, 3.3), (0.01, 1.5), (10.0, -2.5), (1e-3, 0.25),
    (123.4, 3.0), (1.001, 1000.0), (0.999, -500.0), (7.3, 1e-5), (1e10, 2.0), (3.0, 0.0), (1e-10, -1.5),
    (-2.0, 3.0), (-1.5, -2.0), (-0.7, 4.0), (-3.0, 1.0),
]  # fmt: skip

POWI_PAIRS = [
    (0.7, 0), (-3.7, 1), (1.3, 2), (-1.3, 2), (2.5, 3), (-0.4, 3), (1.25, 4), (-1.7, 5), (0.9, 6), (-2.2, 7),
    (1.1, 10), (-1.05, 33), (0.98, 100), (1.0001, 10000), (-1.000001, 1000001), (2.5, -1), (-0.4, -1),
    (1.7, -2), (-3.3, -3), (0.8, -4), (-1.2, -7), (1.01, -100), (1e-60, 2), (1e40, -2), (-1e20, 3),
]  # fmt: skip

XLOGY_PAIRS = [
    (0.5, 2.25), (-3.7, 1.3), (0.0, 0.7), (0.0, 1e-10), (2.0, 1e-30), (1e-5, 3.0), (1e6, 0.3), (-40.3, 1e-3),
    (7.0, 1e4), (1.0, 0.999), (123.4, 11.9), (-0.3, 1e10), (1e-20, 5.0),
]  # fmt: skip

REM_PAIRS = [
    (5.5, 2.0), (-5.5, 2.0), (5.5, -2.0), (-5.5, -2.0), (0.7, 1.3), (-0.7, 1.3), (100.25, 0.7), (-100.25, 0.7),
    (1e6, 7.3), (3.0, 1e5), (1e-3, 3e-5), (12345.678, 11.9),
]  # fmt: skip


def nans_in_y(x, partials):
    """x**y with x negative: the partials that vary y are not real numbers."""
    dx, dy, dxx, dxy, dyy = partials
    return [dx, mp.nan, dxx, mp.nan, mp.nan] if x < 0 else [dx, dy, dxx, dxy, dyy]


def pow_partials(x, y):
    ln = mp.log(abs(x))
    p = lambda shift: x ** (y - shift)  # noqa: E731
    return nans_in_y(x, [y * p(1), p(0) * ln, y * (y - 1) * p(2), p(1) * (1 + y * ln), p(0) * ln**2])


def hypot_partials(x, y):
    h = mp.hypot(x, y)
    return [x / h, y / h, y * y / h**3, -x * y / h**3, x * x / h**3]


def atan2_partials(y, x):
    r2 = x * x + y * y
    return [x / r2, -y / r2, -2 * x * y / r2**2, (y * y - x * x) / r2**2, 2 * x * y / r2**2]


def whole_quotient(x, y):
    return mp.sign(x / y) * mp.floor(abs(x / y))


# name: value, [f_x, f_y, f_xx, f_xy, f_yy], operands
TWO_OPERANDS = {
    "add": (lambda x, y: x + y, lambda x, y: [1, 1, 0, 0, 0], PAIRS),
    "sub": (lambda x, y: x - y, lambda x, y: [1, -1, 0, 0, 0], PAIRS),
    "mul": (lambda x, y: x * y, lambda x, y: [y, x, 0, 1, 0], PAIRS),
    "div": (lambda x, y: x / y, lambda x, y: [1 / y, -x / y**2, 0, -1 / y**2, 2 * x / y**3], PAIRS),
    "pow": (lambda x, y: x**y, pow_partials, POW_PAIRS),
    "rem": (lambda x, y: x - y * whole_quotient(x, y), lambda x, y: [1, -whole_quotient(x, y), 0, 0, 0], REM_PAIRS),
    "atan2": (mp.atan2, atan2_partials, PAIRS),
    "hypot": (mp.hypot, hypot_partials, PAIRS),
    "max": (max, lambda x, y: [x > y, y > x, 0, 0, 0], PAIRS),
    "min": (min, lambda x, y: [x < y, y < x, 0, 0, 0], PAIRS),
    "copysign": (lambda x, y: abs(x) * mp.sign(y), lambda x, y: [mp.sign(x) * mp.sign(y), 0, 0, 0, 0], PAIRS),
    "xlogy": (lambda x, y: x * mp.log(y), lambda x, y: [mp.log(y), x / y, 0, 1 / y, -x / y**2], XLOGY_PAIRS),
}  # fmt: skip

LOGSUMEXP_OPERANDS = [
    (0.0, 0.0), (1.0, -2.0), (-0.3, 0.7), (0.0, -40.0), (0.0, 40.0), (-1000.0, -1001.0), (1000.0, 999.5),
    (1e6, 1000001.0), (-1e6, -1000002.5), (0.1, 0.6, 0.3), (1.0, 2.0, 3.0), (1e3, 1e3, 998.0), (-300.0, 0.0, 300.0),
    (1e6, 1000000.5, 999999.0), (-5.5, 2.2, -0.1, 3.3), (1e3, 1001.0, 1002.0, 1003.0), (-30.0, -20.0, -10.0, 0.0),
    (0.1, 0.2, 0.3, 0.4, 0.5), (-1e3, -1e3, -1e3, -1e3, -1e3), (1e6, 999400.0, 1e6, 999999.5, 999990.0), (-2.0, 3.5, 0.0, 1e-5, 3.5),
]  # fmt: skip


def agreed(compute):
    """The numbers `compute` gives, if both working precisions agree on them."""
    results = []
    for digits in PRECISIONS:
        with mp.workdps(digits):
            results.append([mp.mpf(number) for number in compute()])
    with mp.workdps(PRECISIONS[1]):
        numbers = []
        for low, high in zip(*results):
            if abs(high) < abs(low) * 1e-20:
                high = mp.mpf(0)  # a true zero: what is left shrinks as the precision grows
            elif not mp.isnan(high):
                assert abs(low - high) <= mp.mpf(10) ** -30 * abs(high), (low, high)
            numbers.append(high)
        return numbers


def write(number):
    text = mp.nstr(number, DIGITS, min_fixed=-4, max_fixed=DIGITS).replace("e+", "e")
    return text[:-2] if text.endswith(".0") else text


def line(name, operands, compute):
    try:
        numbers = agreed(compute)
    except AssertionError as disagreement:
        raise SystemExit(f"{name}{operands}: the two precisions differ: {disagreement}")
    for number in numbers:
        assert mp.isnan(number) or number == 0 or mp.mpf("1e-306") < abs(number) < mp.mpf("1e308"), (name, operands, number)
    return "\t".join([name, ",".join(map(repr, operands)), *map(write, numbers)])


def one_operand(name, x):
    f, _ = ONE_OPERAND[name]

    def compute():
        at = mp.mpf(x)
        if name in CLOSED_FORMS:
            return [f(at), *(CLOSED_FORMS[name](at, order) for order in range(1, 5))]
        if name in STRAIGHT or (name in STRAIGHT_ABOVE_0 and x > 0):
            return [f(at), mp.diff(f, at), 0, 0, 0]
        # A step that grows with x: a difference of 1e-80 would vanish beside 1e30.
        return list(mp.diffs(f, at, 4, h=mp.ldexp(max(1, abs(at)), -mp.mp.prec)))

    return line(name, (x,), compute)


def powi(x, n):
    def compute():
        at, falling, numbers = mp.mpf(x), mp.mpf(1), []
        for order in range(5):
            numbers.append(falling * at ** (n - order) if falling else mp.mpf(0))
            falling *= n - order
        return numbers

    return line("powi", (x, n), compute)


def two_operands(name, x, y):
    value, partials, _ = TWO_OPERANDS[name]
    return line(name, (x, y), lambda: [value(mp.mpf(x), mp.mpf(y)), *partials(mp.mpf(x), mp.mpf(y))])


def logsumexp(xs):
    def compute():
        terms = [mp.exp(mp.mpf(x) - max(xs)) for x in xs]
        total = mp.fsum(terms)
        return [max(xs) + mp.log(total), *(term / total for term in terms)]

    return line("logsumexp", xs, compute)


def main():
    lines = [two_operands(name, x, y) for name in TWO_OPERANDS for x, y in TWO_OPERANDS[name][2]]
    lines += [powi(x, n) for x, n in POWI_PAIRS]
    lines += [one_operand(name, x) for name in ONE_OPERAND for x in ONE_OPERAND[name][1]]
    lines += [logsumexp(xs) for xs in LOGSUMEXP_OPERANDS]
    Path(__file__).with_suffix(".tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
