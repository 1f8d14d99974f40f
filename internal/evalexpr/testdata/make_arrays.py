#!/usr/bin/env python3
"""Write arrays.json: what NumPy and SciPy make of expressions. /usr/bin/python3 make_arrays.py

Each case has the expression in quern's syntax, the same in Python's, and the result in float64. Inputs come from a
fixed seed: a second run with the same versions writes the same bytes.
"""

import json
import os
import platform

import numpy as np
import scipy
from scipy import special
from scipy.spatial.distance import cdist
from scipy.special import log_softmax, logsumexp, softmax

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20261127)
a = np.round(rng.normal(size=(4, 6)) * 64) / 64
b = np.round(rng.normal(size=(4, 6)) * 64) / 64
c = np.round(rng.normal(size=(2, 3, 4)) * 64) / 64
m = np.round(rng.normal(size=(5, 5)) * 64) / 64
v = np.array([3.0, -1.5, 0.0, 2.0, 2.0, -0.0, 7.25])
z = np.array([[0.0, 1.0, np.nan], [0.0, 0.0, 0.0], [-np.inf, np.inf, 2.0]])
s = np.array([2.0, np.nan, -1.0, np.inf, 0.0, -np.inf, 2.0, -0.0, 1.5])
p = np.arange(1, 16) / 16
INPUTS = dict(a=a, b=b, c=c, m=m, v=v, z=z, s=s, p=p)

# quern's expression and Python's. The results of EXACT agree to the last bit, those of ROUNDED nearly.
EXACT = [
    ("eye(3)", "np.eye(3)"), ("eye(3, 5, 1)", "np.eye(3, 5, 1)"), ("eye(4, 2, -1)", "np.eye(4, 2, -1)"),
    ("zeros(2, 3)", "np.zeros((2, 3))"), ("ones(3)", "np.ones(3)"), ("full(2, 2, 7.5)", "np.full((2, 2), 7.5)"),
    ("arange(5)", "np.arange(5.0)"), ("arange(2, 9, 2.5)", "np.arange(2, 9, 2.5)"),
    ("linspace(0, 1, 5)", "np.linspace(0, 1, 5)"), ("linspace(3, -3, 4)", "np.linspace(3, -3, 4)"),
    ("linspace(-1, 1, 11)[5]", "np.linspace(-1, 1, 11)[5]"), ("linspace(2, 5, 1)", "np.linspace(2, 5, 1)"), ("linspace(2, 5, 0)", "np.linspace(2, 5, 0)"),
    ("concatenate(a, b)", "np.concatenate((a, b))"), ("concatenate(a, b, a, 1)", "np.concatenate((a, b, a), 1)"),
    ("concatenate(a[0:0], b, -2)", "np.concatenate((a[0:0], b), -2)"),
    ("stack(a, b)", "np.stack((a, b))"), ("stack(a, b, -1)", "np.stack((a, b), -1)"), ("stack(v, v, 1)", "np.stack((v, v), 1)"),
    ("repeat(a, 2)", "np.repeat(a, 2)"), ("repeat(a, 3, 0)", "np.repeat(a, 3, 0)"), ("repeat(c, 2, 1)", "np.repeat(c, 2, 1)"),
    ("tile(v, 2)", "np.tile(v, 2)"), ("tile(a, 2)", "np.tile(a, 2)"), ("tile(a, 2, 0)", "np.tile(a, (2, 1))"),
    ("take(v, -1)", "np.take(v, -1)"), ("take(a, argmax(a, 1) - argmax(a, 1), 0)", "np.take(a, [0] * 4, 0)"),
    ("take(c, argmin(c, 0), 2)", "np.take(c, np.argmin(c, 0), 2)"), ("take(a, arange(-2, 2), 1)", "np.take(a, [-2, -1, 0, 1], 1)"),
    ("take(v, reshape(arange(4), 2, 2))", "np.take(v, [[0, 1], [2, 3]])"),
    ("flip(a)", "np.flip(a)"), ("flip(c, 1)", "np.flip(c, 1)"), ("flip(c, 0, -1)", "np.flip(c, (0, -1))"),
    ("roll(v, 2)", "np.roll(v, 2)"), ("roll(a, -3)", "np.roll(a, -3)"), ("roll(a, 7, 1)", "np.roll(a, 7, 1)"),
    ("diff(v)", "np.diff(v)"), ("diff(a, 2, 0)", "np.diff(a, 2, 0)"), ("diff(a, 9)", "np.diff(a, 9)"),
    ("tril(m)", "np.tril(m)"), ("tril(c, -1)", "np.tril(c, -1)"), ("triu(a, 2)", "np.triu(a, 2)"), ("triu(m)", "np.triu(m)"),
    ("diag(m)", "np.diag(m)"), ("diag(a, 3)", "np.diag(a, 3)"), ("diag(transpose(a), 1)", "np.diag(a.T, 1)"), ("diag(a, -2)", "np.diag(a, -2)"),
    ("diag(a, 9)", "np.diag(a, 9)"), ("diag(v, 1)", "np.diag(v, 1)"), ("diag(v, -2)", "np.diag(v, -2)"),
    ("trace(a)", "np.trace(a)"), ("outer(v, a[1])", "np.outer(v, a[1])"), ("expand_dims(a, 1)", "np.expand_dims(a, 1)"),
    ("squeeze(expand_dims(a, -1))", "a"), ("slice(c, 2, 1, 4, 2)", "c[:, :, 1:4:2]"), ("slice(a, 1, -1, -7, -2)", "a[:, -1:-7:-2]"),
    ("any(z)", "z.any()"), ("any(z, 1)", "z.any(1)"), ("all(z, 0)", "z.all(0)"), ("all(z, 1)", "z.all(1)"), ("any(a[0:0])", "a[0:0].any()"),
    ("all(a[0:0], 0)", "a[0:0].all(0)"), ("count_nonzero(v)", "np.count_nonzero(v)"), ("count_nonzero(z, 1)", "np.count_nonzero(z, 1)"),
    ("norm(v, 0)", "np.linalg.norm(v, 0)"), ("norm(a, inf)", "np.linalg.norm(a.ravel(), np.inf)"), ("norm(a, -inf, 0)", "np.linalg.norm(a, -np.inf, 0)"),
    ("prod(a[0:0])", "a[0:0].prod()"),
    ("cumsum(v)", "v.cumsum()"), ("cumsum(a)", "a.cumsum()"), ("cumsum(a, 0)", "a.cumsum(0)"), ("cumsum(c, 1)", "c.cumsum(1)"),
    ("cumsum(s)", "s.cumsum()"), ("cumsum(ones(100))", "np.ones(100).cumsum()"), ("cumprod(v)", "v.cumprod()"),
    ("sort(s)", "np.sort(s)"), ("sort(a)", "np.sort(a)"), ("sort(c, 1)", "np.sort(c, 1)"), ("sort(z, 0)", "np.sort(z, 0)"),
    ("argsort(s)", "np.argsort(s, kind='stable')"), ("argsort(v)", "np.argsort(v, kind='stable')"), ("argsort(c, 0)", "np.argsort(c, 0, kind='stable')"),
    ("argsort(full(3, 3, 1))", "np.argsort(np.ones((3, 3)), kind='stable')"), ("take(v, argsort(v))", "v[np.argsort(v, kind='stable')]"),
    ("topk(s, 4)", "s[np.argsort(s, kind='stable')[:4]]"), ("topk(a, 3)", "np.sort(a)[:, :3]"), ("topk(c, 2, 1)", "np.sort(c, 1)[:, :2]"),
    ("argtopk(s, 6)", "np.argsort(s, kind='stable')[:6]"), ("argtopk(transpose(a), 2, 0)", "np.argsort(a.T, 0, kind='stable')[:2]"),
    ("argtopk(cdist(a, b), 2)", "np.argsort(cdist(a, b), kind='stable')[:, :2]"), ("take(v, argtopk(v, 3))", "v[np.argsort(v, kind='stable')[:3]]"),
    ("median(v)", "np.median(v)"), ("median(a)", "np.median(a)"), ("median(a, 0)", "np.median(a, 0)"), ("median(z, 1)", "np.median(z, 1)"),
    ("median(c, 0, 2)", "np.median(c, (0, 2))"), ("median(transpose(m), 1)", "np.median(m.T, 1)"), ("median(a[0:1], 0)", "np.median(a[0:1], 0)"),
    ("median(full(3, 4, 7), 0)", "np.median(np.full((3, 4), 7.0), 0)"), ("quantile(ones(5), 0.3)", "np.quantile(np.ones(5), 0.3)"),
    ("dot(zeros(3, 0, 0), zeros(0))", "np.dot(np.zeros((3, 0, 0)), np.zeros(0))"),
    ("inner(zeros(0), zeros(3, 2, 0))", "np.inner(np.zeros(0), np.zeros((3, 2, 0)))"),
    ("histogram(zeros(0))", "np.histogram(np.zeros(0))[0]"), ("histogram_edges(zeros(0), 4)", "np.histogram(np.zeros(0), 4)[1]"),
    ("histogram(linspace(-1, 1, 11))", "np.histogram(np.linspace(-1, 1, 11))[0]"),
    ("median(a[0:0])", "np.median(a[0:0])"), ("quantile(v, 0)", "np.quantile(v, 0)"), ("quantile(v, 1)", "np.quantile(v, 1)"),
    ("percentile(v, 50)", "np.percentile(v, 50)"), ("quantile(z, 0.25, 0)", "np.quantile(z, 0.25, 0)"),
    ("histogram(a)", "np.histogram(a)[0]"), ("histogram(a, 4)", "np.histogram(a, 4)[0]"), ("histogram(m, 7, -1, 1)", "np.histogram(m, 7, (-1, 1))[0]"),
    ("histogram(v, 3, 2, 5)", "np.histogram(v, 3, (2, 5))[0]"), ("histogram(v[3:5], 2)", "np.histogram(v[3:5], 2)[0]"),
    ("histogram(s, 4, -2, 2)", "np.histogram(s, 4, (-2, 2))[0]"), ("histogram_edges(v[3:5], 2)", "np.histogram(v[3:5], 2)[1]"),
    ("histogram_between(a, sort(v))", "np.histogram(a, np.sort(v))[0]"), ("histogram_between(s, take(v, argsort(v)))", "np.histogram(s, np.sort(v))[0]"),
]
ROUNDED = [
    ("prod(v)", "v.prod()"), ("prod(a, 1)", "a.prod(1)"), ("prod(c, 0, 2)", "c.prod((0, 2))"),
    ("norm(v)", "np.linalg.norm(v)"), ("norm(a)", "np.linalg.norm(a)"), ("norm(a, 1, 1)", "np.linalg.norm(a, 1, 1)"),
    ("norm(a, 2, 0)", "np.linalg.norm(a, 2, 0)"), ("norm(a, 3, 1)", "np.linalg.norm(a, 3, 1)"), ("norm(v, 0.5)", "np.linalg.norm(v, 0.5)"),
    ("logsumexp(a)", "logsumexp(a)"), ("logsumexp(a*300, 1)", "logsumexp(a*300, 1)"), ("logsumexp(z, 1)", "logsumexp(z, 1)"),
    ("logsumexp(a[0:0], 0)", "np.full(6, -np.inf)"), ("softmax(a)", "softmax(a)"), ("softmax(a*300, 1)", "softmax(a*300, 1)"), ("softmax(c, 0)", "softmax(c, 0)"),
    ("log_softmax(a, 0)", "log_softmax(a, 0)"), ("log_softmax(a*300, 1)", "log_softmax(a*300, 1)"),
    ("cumprod(a, 1)", "a.cumprod(1)"), ("cumprod(c)", "c.cumprod()"), ("quantile(a, 0.1)", "np.quantile(a, 0.1)"),
    ("quantile(a, 0.77, 1)", "np.quantile(a, 0.77, 1)"), ("percentile(c, 30, 0, 1)", "np.percentile(c, 30, (0, 1))"),
    ("quantile(m, 0.625)", "np.quantile(m, 0.625)"), ("histogram_edges(a)", "np.histogram(a)[1]"),
    ("dot(a, transpose(b))", "np.dot(a, b.T)"), ("dot(c, a)", "np.dot(c, a)"), ("dot(a[0], a[1])", "np.dot(a[0], a[1])"),
    ("dot(v, v)", "np.dot(v, v)"), ("dot(c, transpose(c, 0, 2, 1))", "np.dot(c, c.transpose(0, 2, 1))"), ("inner(a, b)", "np.inner(a, b)"),
    ("inner(c, c)", "np.inner(c, c)"), ("dot(3, a)", "np.dot(3, a)"), ("linspace(0, 1, 11)", "np.linspace(0, 1, 11)"),
]

# Element by element, each on numbers, on special values and on probabilities. The first have NumPy's own names.
OTHER_NAMES = {"abs": "np.abs", "asin": "np.arcsin", "acos": "np.arccos", "atan": "np.arctan", "round": "np.rint", "atan2": "np.arctan2", "pow": "np.power",
               "erf": "special.erf", "erfc": "special.erfc", "expit": "special.expit", "sigmoid": "special.expit", "log_expit": "special.log_expit",
               "logsigmoid": "special.log_expit", "softplus": "softplus", "ndtri": "special.ndtri"}
EXACTLY = ("absolute fabs negative square ceil floor trunc fix rint around sign isnan isinf isfinite add subtract multiply mod remainder fmod copysign "
           "minimum maximum less less_equal greater greater_equal equal not_equal abs round").split()
NEARLY = ("sqrt reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh deg2rad radians rad2deg degrees cbrt divide "
          "true_divide power arctan2 hypot asin acos atan atan2 pow erf erfc expit sigmoid log_expit logsigmoid softplus ndtri").split()


def softplus(x):
    return np.logaddexp(0, x)


for cases, names in ((EXACT, EXACTLY), (ROUNDED, NEARLY)):
    for name in names:
        python = OTHER_NAMES.get(name, "np." + name)
        for args in ("a, b", "v, 2.5") if getattr(eval(python), "nin", 1) == 2 else ("a", "s", "p"):
            cases.append((f"{name}({args})", f"{python}({args})"))
EXACT += [
    ("clip(a, -0.5, 0.75)", "np.clip(a, -0.5, 0.75)"), ("clip(s, -1, 1)", "np.clip(s, -1, 1)"), ("fma(a, b, 0.5)", "a * b + 0.5"),
    ("where(a < b, a, b)", "np.where(a < b, a, b)"), ("where(s, 1, 2)", "np.where(s, 1, 2)"), ("broadcast_to(v, 2, 7)", "np.broadcast_to(v, (2, 7))"),
    ("reshape(c, 4, -1)", "c.reshape(4, -1)"), ("transpose(c)", "c.T"), ("transpose(c, 1, 0, 2)", "c.transpose(1, 0, 2)"),
    ("concat(a, b, -1)", "np.concatenate((a, b), -1)"), ("histogram_bin_edges(v, 4)", "np.histogram_bin_edges(v, 4)"),
    ("argmin(a, 1)", "a.argmin(1)"), ("argmax(a)", "a.argmax()"), ("argmax(s)", "s.argmax()"), ("min(a, 0)", "a.min(0)"), ("amin(z)", "np.amin(z)"),
    ("max(c, 0, 2)", "c.max((0, 2))"), ("amax(a, -1)", "np.amax(a, -1)"), ("matmul(a, transpose(b))", "a @ b.T"),
    ("matmul(c, slice(a[0], 0, 0, 4))", "c @ a[0, :4]"), ("sum(a)", "a.sum()"), ("sum(c, 0, -1)", "c.sum((0, -1))"),
]
ROUNDED += [
    ("topk(cdist(a, b), 3)", "np.sort(cdist(a, b))[:, :3]"), ("mean(a, 0)", "a.mean(0)"), ("mean(a[0:0])", "a[0:0].mean()"), ("var(a)", "a.var()"), ("std(c, 1)", "c.std(1)"), ("cdist(a, b)", "cdist(a, b)"),
    ("cdist(a, b, \"cityblock\")", "cdist(a, b, 'cityblock')"), ("cdist(a, b, \"minkowski\", 3)", "cdist(a, b, 'minkowski', p=3)"),
]


def numbers(x):
    """The elements of x as JSON can hold them."""
    return [float(e) if np.isfinite(e) else str(float(e)) for e in np.asarray(x, np.float64).ravel()]


def array(x):
    return {"shape": list(np.shape(x)), "data": numbers(x)}


def main():
    cases = []
    for exact, pairs in ((True, EXACT), (False, ROUNDED)):
        for quern, python in pairs:
            with np.errstate(all="ignore"):
                want = eval(python, {**globals()})
            cases.append({"expr": quern, "numpy": python, "exact": exact, **array(want)})
    made = {"made_with": f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}",
            "inputs": {k: array(x) for k, x in INPUTS.items()}, "cases": cases}
    with open(os.path.join(HERE, "arrays.json"), "w") as f:
        f.write("{\n")
        f.write(f' "made_with": {json.dumps(made["made_with"])},\n "inputs": {json.dumps(made["inputs"])},\n "cases": [\n')
        f.write(",\n".join("  " + json.dumps(c) for c in cases))
        f.write("\n ]\n}\n")


if __name__ == "__main__":
    main()
