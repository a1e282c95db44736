"""Writes tensors.jsonl: operations on arrays, their values and derivatives, by JAX in double precision.

    pip install jax==0.10.2 && python tensors.py

One line per case: its name, its operands, a cotangent `u` in the result's shape, and what JAX says
of the value `f(x)` and of the gradient of `<u, f(x)>` by each operand. Where the case is `smooth`,
there is also a direction for each operand, and the product of the Hessian of `<u, f(x)>` with it.
Arrays are `{"shape": [..], "data": [..]}`, row-major; operands have two digits after the point, so
that they are the same doubles everywhere.

`tests/tensor_reference.rs` has the same cases by the same names, in Rust. Convolutions, pooling and
contractions stand in `contract.py`.

Where our conventions are not JAX's there is no case here, and `tensor_edges.rs` has the numbers:
|x| at 0 (JAX: 1, ours and PyTorch's: 0), norms and standard deviations at the origin (NaN, ours 0),
clamping at a bound (1/2, ours 0). Ties of maxima and minima are split evenly by both. A Cholesky
factor is that of the symmetric part of its operand in both.
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import jax.scipy.linalg as jsl
import numpy as np
from jax import lax
from jax.scipy.special import digamma, gammaln, logsumexp, xlogy

jax.config.update("jax_enable_x64", True)

CASES = []


def case(name, f, *operands, smooth=False):
    """A function of arrays, and for each operand its shape or, as a list, its elements."""
    CASES.append((name, f, operands, smooth))


def elementwise():
    case("add, a row", lambda x, y: x + y, (2, 3), (3,))
    case("sub, a column", lambda x, y: x - y, (2, 3), (2, 1))
    case("mul, both stretch", lambda x, y: x * y, (2, 1), (1, 3), smooth=True)
    case("mul, a number", lambda x, y: x * y, (2, 2), ())
    case("div, both stretch", lambda x, y: x / y, (2, 1), (1, 3), smooth=True)
    case("pow, a row", lambda x, y: (x * x + 0.5) ** y, (2, 3), (3,), smooth=True)
    case("powi", lambda x: x**3, (5,))
    case("rem", jnp.fmod, [7.5, -7.5, 5.25], [2.0, 2.0, -1.5])
    case("atan2", jnp.arctan2, (4,), (4,), smooth=True)
    case("hypot", jnp.hypot, (2, 2), (2,), smooth=True)
    case("max, with ties", jnp.maximum, [1.0, 2.0, 3.0], [2.0, 2.0, 1.0])
    case("min, with ties", jnp.minimum, [1.0, 2.0, 3.0], [2.0, 2.0, 1.0])
    case("clamp", lambda x: jnp.clip(x, -0.5, 0.75), [-2.0, -0.25, 0.5, 3.0])
    case("xlogy", xlogy, [0.0, 0.5, 2.0], [0.5, 0.25, 3.0])
    case("select", lambda c, a, b: jnp.where(c > 0, a, b), [1.0, 0.0, -1.0], (2, 3), ())
    case("mul_add", lambda x, y, z: x * y + z, (2, 3), (3,), (2, 1))
    case("logsumexp of three", lambda x, y, z: logsumexp(jnp.stack([x, y, z]), axis=0), (3,), (3,), (3,), smooth=True)
    case("relu, at 0", jax.nn.relu, [-1.0, 0.0, 2.0])
    case("leaky_relu", lambda x: jax.nn.leaky_relu(x, 0.01), (4,))
    case("elu", lambda x: jax.nn.elu(x, 1.0), (4,))
    case("selu", jax.nn.selu, (4,))
    case("silu", jax.nn.silu, (4,), smooth=True)
    case("gelu", lambda x: jax.nn.gelu(x, approximate=False), (4,), smooth=True)
    case("gelu_tanh", lambda x: jax.nn.gelu(x, approximate=True), (4,), smooth=True)
    case("mish", jax.nn.mish, (4,))
    case("softplus", jax.nn.softplus, [-40.0, -1.0, 0.5, 40.0])
    case("tanh of sigmoid", lambda x: jnp.tanh(jax.nn.sigmoid(x)), (2, 3), smooth=True)
    case("lgamma and digamma", lambda x: gammaln(x) * digamma(x), [0.75, 2.5, 6.25])


def movement():
    case("reshape of a transpose", lambda x: jnp.sin(x.T.reshape(3, 2)), (2, 3))
    case("permute", lambda x: jnp.transpose(x, (2, 0, 1)), (2, 3, 2))
    case("transpose", lambda x: jnp.swapaxes(x, 0, 2), (2, 1, 3))
    case("movedim", lambda x: jnp.moveaxis(x, 0, -1), (2, 3, 2))
    case("expand", lambda x: jnp.broadcast_to(x, (2, 3, 2)), (3, 1))
    case("flatten inner axes", lambda x: x.reshape(2, 6), (2, 3, 2))
    case("tile", lambda x: jnp.tile(x, (2, 2)), (2, 2))
    case("repeat_interleave", lambda x: jnp.repeat(x, 2, axis=1), (2, 3))
    case("slice", lambda x: x[1:3, -2:], (4, 3))
    case("slice_step, backward", lambda x: x[:0:-2], (6, 2))
    case("row times row", lambda x: x[0] * x[-1], (3, 2))
    case("pad", lambda x: jnp.pad(x, ((1, 0), (0, 2)), constant_values=1.5) ** 2, (2, 2))
    case("flip and roll", lambda x: jnp.roll(jnp.flip(x, 0), 2, axis=1), (2, 3))
    case("parts multiplied", lambda x: x[:, :2] * x[:, 2:4] + x[:, 4:], (2, 6))
    case("concat", lambda x, y: jnp.concatenate([x, y, x], axis=1), (2, 1), (2, 2))
    case("stack", lambda x, y: jnp.stack([x, y], axis=1) ** 2, (3,), (3,))
    case("index_select", lambda x: x[jnp.array([2, 0, 2])], (3, 2))
    case("embedding", lambda x: x[jnp.array([[4, 0], [0, 1]])], (5, 2))
    case("index_add", lambda x, y: x.at[jnp.array([1, 1, 0])].add(y) ** 2, (3, 2), (3, 2))
    case("gather", lambda x: jnp.take_along_axis(x, jnp.array([[3, 0], [1, 1]]), axis=1), (2, 4))
    case("scatter_add", lambda x, y: x.at[jnp.array([[0], [1]]), jnp.array([[2, 2], [0, 1]])].add(y) ** 2, (2, 3), (2, 2))
    case("diagonal", lambda x: jnp.diagonal(x, 1, 1, 2), (2, 3, 3))
    case("diag", lambda x: jnp.diag(x), (3,))
    case("trace", lambda x: jnp.trace(x @ x), (3, 3), smooth=True)
    case("tril and triu", lambda x: jnp.tril(x, -1) + 2 * jnp.triu(x, 1), (3, 3))
    case("cumsum", lambda x: jnp.cumsum(x, axis=1), (2, 4))
    case("sort, descending", lambda x: -jnp.sort(-x, axis=1), (2, 4))
    case("topk", lambda x: lax.top_k(x, 2)[0], (2, 5))
    case("masked_fill", lambda x: jnp.where(jnp.tril(jnp.ones((3, 3))) > 0, -2.0, x), (3, 3))


def reductions():
    case("sum over the middle", lambda x: x.sum(1), (2, 3, 2))
    case("mean, kept", lambda x: x - x.mean((0, 2), keepdims=True), (2, 2, 3))
    case("amax, with ties", lambda x: x.max(1), [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    case("amin of all, with ties", lambda x: x.min(), [[1.0, 3.0], [1.0, 2.0]])
    case("prod, with zeros", lambda x: x.prod(1), [[2.0, 0.0, 3.0], [0.0, 0.0, 5.0], [2.0, 3.0, 4.0]])
    case("prod of all", lambda x: x.prod(), (4,), smooth=True)
    case("variance, biased", lambda x: x.var(0), (4, 2), smooth=True)
    case("variance, unbiased, far from 0", lambda x: x.var(1, ddof=1), [[1e6, 1e6 + 1, 1e6 + 3], [1.0, 2.0, 4.0]])
    case("std", lambda x: x.std(1, ddof=1), (2, 4), smooth=True)
    case("norm", lambda x: jnp.linalg.norm(x, axis=1), (2, 3), smooth=True)
    case("p-norm", lambda x: (jnp.abs(x) ** 3).sum(0) ** (1 / 3), (3, 2))
    case("logsumexp over two", lambda x: logsumexp(x, axis=(0, 2)), (2, 2, 2), smooth=True)
    case("logsumexp, far apart", lambda x: logsumexp(x), [1000.0, 999.0, -1000.0])
    case("softmax, middle axis", lambda x: jax.nn.softmax(x, axis=1), (2, 3, 2), smooth=True)
    case("log_softmax", lambda x: jax.nn.log_softmax(x, axis=-1), (2, 4), smooth=True)
    case("log_softmax, far apart", lambda x: jax.nn.log_softmax(x, axis=-1), [[1000.0, 0.0, 998.5]])


def losses():
    def entropy(x, t):
        return -(t * jax.nn.log_softmax(x, -1)).sum(-1)

    classes = jnp.array([2, 0, 1])
    soft = jax.nn.softmax
    case("cross_entropy", lambda x: entropy(x, jnp.eye(4)[classes]).mean(), (3, 4), smooth=True)
    case("cross_entropy of each, confident", lambda x: entropy(x, jnp.eye(2)[jnp.array([1, 0])]), [[800.0, -800.0], [3.0, -3.0]])
    case("cross_entropy_with", lambda x, t: entropy(x, soft(t, -1)).mean(), (2, 3), (2, 3), smooth=True)

    def bce(x, t):
        return jnp.maximum(x, 0) - x * t + jnp.log1p(jnp.exp(-jnp.abs(x)))

    case("bce_with_logits", lambda x, t: bce(x, t).mean(), (2, 3), (2, 3))
    case("bce_with_logits of each, confident", bce, [900.0, 30.0, -900.0], [1.0, 0.0, 1.0])


def layers():
    def normalised(x, axes, eps=1e-5):
        return (x - x.mean(axes, keepdims=True)) / jnp.sqrt(x.var(axes, keepdims=True) + eps)

    def channels(w, x):
        return w.reshape((1, -1) + (1,) * (x.ndim - 2))

    case("linear", lambda x, w, b: x @ w.T + b, (3, 2), (4, 2), (4,), smooth=True)
    case("layer_norm", lambda x, w, b: normalised(x, -1) * w + b, (2, 4), (4,), (4,), smooth=True)
    case("rms_norm", lambda x, w: x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * w, (2, 4), (4,), smooth=True)
    case(
        "group_norm",
        lambda x, w, b: normalised(x.reshape(2, 2, 4), -1).reshape(x.shape) * channels(w, x) + channels(b, x),
        (2, 4, 2), (4,), (4,),
    )
    case("batch_norm", lambda x, w, b: normalised(x, (0, 2)) * channels(w, x) + channels(b, x), (3, 2, 2), (2,), (2,), smooth=True)
    case(
        "batch_norm_with",
        lambda x, m, v, w, b: (x - m) / jnp.sqrt(v * v + 0.01) * w + b,
        (3, 2), (2,), (2,), (2,), (2,),
    )

    def attention(q, k, v, mask):
        scores = q @ jnp.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
        return jax.nn.softmax(mask(scores), -1) @ v

    keep = [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
    case("attention", lambda q, k, v: attention(q, k, v, lambda s: s), (2, 2, 2), (2, 3, 2), (2, 3, 1), smooth=True)
    case(
        "attention, causal",
        lambda q, k, v: attention(q, k, v, lambda s: jnp.where(jnp.tril(jnp.ones((3, 3))) > 0, s, -jnp.inf)),
        (3, 2), (3, 2), (3, 2),
    )
    case("attention, mask", lambda q, k, v, m: attention(q, k, v, lambda s: jnp.where(m > 0, s, -jnp.inf)), (2, 2), (3, 2), (3, 2), keep)
    case("attention, added", lambda q, k, v, m: attention(q, k, v, lambda s: s + m), (2, 2), (3, 2), (3, 2), (3,))


def products():
    case("matmul", jnp.matmul, (2, 3), (3, 2), smooth=True)
    case("matmul, batches", jnp.matmul, (2, 1, 2, 3), (2, 3, 1))
    case("matmul, row", jnp.matmul, (3,), (3, 2))
    case("matmul, column", jnp.matmul, (2, 3), (3,))
    case("matmul, dot", jnp.matmul, (4,), (4,))
    case("matmul, transposed", lambda x, y: x.T @ y.T, (3, 2), (2, 3))
    case("two layers", lambda x, v, w: jnp.tanh(x @ v) @ w, (3, 2), (2, 3), (3, 1), smooth=True)


def linear_algebra():
    n = [[4.0, 1.5, -0.5], [0.25, 3.0, 1.0], [-1.0, 0.5, 2.5]]
    s = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]]
    case("linalg solve", jnp.linalg.solve, n, (3, 2), smooth=True)
    case("linalg solve, one side", jnp.linalg.solve, n, (3,))
    case("linalg solve_triangular", lambda a, b: jsl.solve_triangular(a, b, lower=True), n, (3, 2))
    case("linalg inverse", jnp.linalg.inv, n, smooth=True)
    case("linalg det", jnp.linalg.det, n, smooth=True)
    case("linalg slogdet", lambda a: jnp.linalg.slogdet(-a)[1], n, smooth=True)
    case("linalg logdet", lambda a: jnp.linalg.slogdet(a)[1], n)
    case("linalg cholesky", jnp.linalg.cholesky, s, smooth=True)


def array(x):
    x = np.asarray(x, dtype=np.float64)
    assert np.isfinite(x).all()
    return {"shape": list(x.shape), "data": [float(v) for v in x.ravel()]}


def sampled(rng, given):
    if isinstance(given, list):
        return np.array(given)
    # Away from 0, where many functions have a kink.
    size = rng.uniform(0.1, 2.0, given) * rng.choice([-1.0, 1.0], given)
    return np.round(size, 2)


def line(number, name, f, operands, smooth):
    rng = np.random.default_rng(number)
    x = [jnp.asarray(sampled(rng, given)) for given in operands]
    value = f(*x)
    u = jnp.asarray(sampled(rng, value.shape))
    weighed = lambda *x: (u * f(*x)).sum()
    slope = jax.grad(weighed, argnums=tuple(range(len(x))))
    row = {
        "case": name,
        "operands": [array(x) for x in x],
        "cotangent": array(u),
        "value": array(value),
        "gradient": [array(g) for g in slope(*x)],
    }
    if smooth:
        v = [jnp.asarray(sampled(rng, x.shape)) for x in x]
        row["direction"] = [array(v) for v in v]
        row["hessian_product"] = [array(h) for h in jax.jvp(slope, tuple(x), tuple(v))[1]]
    return json.dumps(row, separators=(",", ":"))


if __name__ == "__main__":
    for section in [elementwise, movement, reductions, losses, layers, products, linear_algebra]:
        section()
    names = [name for name, *_ in CASES]
    assert len(set(names)) == len(names)
    with jax.default_matmul_precision("highest"):
        lines = [line(number, *case) for number, case in enumerate(CASES)]
    Path(__file__).with_name("tensors.jsonl").write_text("\n".join(lines) + "\n")
