"""Writes print.txt: arrays, and what NumPy prints for them.

    pip install numpy && python print.py

A case is a line `> type precision shape numbers`, then `print(array)`; then, if the precision is
the default (`-`), a line `repr` and `repr(array)` without its dtype. The numbers are a list that
reads back exactly; `range` stands for 0, 1, 2 and so on, `eighths` for those divided by 8, and
`tiny` for 1e-10, ones, and a nan at the end.
"""

from pathlib import Path

import numpy as np

np.random.seed(3)
inf, nan = np.inf, np.nan
rnd = np.random.standard_normal
cases = []


def case(numbers, shape=None, dtype=np.float64, precision=None):
    array = np.asarray(numbers, dtype=dtype)
    if shape is not None:
        array = array.reshape(shape)
    cases.append((array, precision))


for dtype in (np.float64, np.float32):
    for numbers in (
        [1, 2, 3], [0.1, 0.25, 3], [-1.5, 2, 300.125], [0, 0], [0.0, -0.0], [1e8, 1], [1e6, 1e4], [999999, 1000],
        [0.0001, 0.05], [0.00009, 0.05], [1, 1000], [1, 1001], [1000, 0.5, 0], [1e-300, 1] if dtype is np.float64 else [1e-30, 1],
        [1e100, -1e-100] if dtype is np.float64 else [1e38, -1e-38], [nan, 1], [inf, 1.5], [-inf, 1.5], [nan, inf, -inf], [nan, nan],
        [nan, 1e10, -inf], [1 / 3, 2 / 3, 1e-2], [np.pi, np.e * 100], [0.1 + 0.2, 0.5], [-0.999999999, 0.123456789],
        [123456.789, 99999.5], [5e-324, 1] if dtype is np.float64 else [1e-45, 1], [],
    ):
        case(numbers, dtype=dtype)
    case(np.arange(30) / 7, dtype=dtype)
    case(rnd(24), (2, 3, 4), dtype)

case(3.0), case(0.1), case(1e16), case(123456789012345680.0), case(1.5e-5), case(-0.0), case(nan), case(-inf)
for number in (0.1, 1e-7, 0.0001, 999999, 1e6, 2.2325724e7, 0.0439453125):
    case(number, dtype=np.float32)
case([0.0439453125, 0.5], dtype=np.float32), case([141049.625, 8420], dtype=np.float32)
case(np.arange(6), (2, 3)), case(np.arange(4), (4, 1)), case(np.arange(16), (2, 2, 2, 2)), case(rnd(12) * 10, (3, 4))
case([], (0, 3)), case([], (2, 0)), case([], (0, 0, 5)), case([7], (1, 1, 1, 1))
case(rnd(40), (2, 20)), case(rnd(60) * 1e5, (3, 20)), case(np.arange(100))
case(np.arange(1000)), case(np.arange(1001)), case(np.arange(1200), (30, 40)), case(np.arange(1200), (300, 4))
case(np.arange(1200), (4, 300)), case(np.arange(2000), (10, 10, 20)), case(np.arange(1400), (2, 1, 7, 100))
case(np.arange(1010), (1, 1010)), case(np.arange(6000), (1000, 6)), case(np.arange(1500000), (3, 500000))
case([1e-10] + [1.0] * 1499 + [nan]), case(np.arange(1200), (2, 300, 2)), case(np.arange(1200) / 8, (10, 120), np.float32)
for precision in (0, 1, 3, 12):
    case([1.5, 2.25, -0.125], precision=precision)
    case([0.00051, 0.4], precision=precision)
    case([1e9, 1.23456789], precision=precision)
    case([1 / 3, 200 / 3], (1, 2), np.float32, precision)
    case(rnd(6), (2, 3), precision=precision)


def without_dtype(text):
    for words in (",\n      dtype=float32", ", dtype=float32", ", dtype=float64"):
        text = text.replace(words, "")
    return text


lines = []
for array, precision in cases:
    flat = array.ravel()
    counted = flat.size > 40 and np.array_equal(flat, np.arange(flat.size))
    numbers = "range" if counted else ",".join(repr(float(x)) for x in flat)
    if flat.size > 100 and not counted:
        numbers = "eighths" if array.dtype == np.float32 else "tiny"
    shape = ",".join(map(str, array.shape))
    lines.append(f"> {array.dtype} {'-' if precision is None else precision} [{shape}] {numbers}")
    with np.printoptions(precision=8 if precision is None else precision):
        lines.append(str(array))
    if precision is None:
        lines.append("repr")
        lines.append(without_dtype(repr(array)))
(Path(__file__).parent / "print.txt").write_text("\n".join(lines) + "\n")
print(len(cases), "cases")
