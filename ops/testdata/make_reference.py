#!/usr/bin/env python3
"""Make the reference results for package ops with NumPy and SciPy: /usr/bin/python3 make_reference.py

README.md beside this script describes reference.json and reference.npy, which it writes. Inputs come from a fixed
seed: a second run with the same versions writes the same bytes.
"""

import json
import os
import platform

import numpy as np
import scipy
from scipy import special
from scipy.spatial.distance import cdist

HERE = os.path.dirname(os.path.abspath(__file__))
DTYPES = (np.float32, np.float64)
EXACT = None


def wide(a):
    """a with 64 bits of mantissa, in which references are computed."""
    return np.asarray(a, np.longdouble)


def unit(dtype):
    """The unit roundoff u: a correctly rounded operation is off by at most u·|result|."""
    return wide(np.finfo(dtype).eps) / 2


def ulp(v, dtype):
    """The distance between neighbours of dtype at v, never below that of subnormals."""
    info = np.finfo(dtype)
    _, e = np.frexp(np.abs(wide(v)))
    e = np.maximum(np.where(np.isfinite(v), e, 0), info.minexp + 1)
    return np.ldexp(wide(1), e - 1 - info.nmant)


class Reference:
    """Collects arrays in one pool, and the cases that refer to them."""

    def __init__(self):
        self.arrays, self.pool, self.cases, self.offset = {}, [], [], 0
        self.stored = {}

    def array(self, name, a):
        a = np.asarray(a, np.float64)
        key = (a.shape, a.tobytes())
        if key in self.stored:
            return self.stored[key]
        if name in self.arrays:
            raise ValueError(f"two arrays are called {name}")
        self.stored[key] = name
        self.arrays[name] = {"shape": list(a.shape), "offset": self.offset}
        self.pool.append(a.ravel())
        self.offset += a.size
        return name

    def case(self, variant, op, dtype, inputs, want, bound=EXACT, expr=None, **params):
        """Add a case; bound is the largest absolute error of each element, EXACT if none is allowed."""
        dtype = np.dtype(dtype)
        name = f"{op}/{dtype.name}/{variant}"
        if any(c["name"] == name for c in self.cases):
            raise ValueError(f"two cases are called {name}")
        for a in inputs:
            values = self.values(a)
            if not np.array_equal(values, values.astype(dtype), equal_nan=True):
                raise ValueError(f"{name}: {a} is not representable")
        c = {"name": name, "op": op, "dtype": dtype.name, "inputs": inputs, "params": params}
        if expr:
            c["expr"] = expr
        with np.errstate(over="ignore"):
            limited = np.asarray(want).astype(dtype)
        want = np.where(np.isfinite(limited), np.asarray(want), limited).astype(np.float64)
        c["want"] = self.array(name + ":want", want)
        if bound is not EXACT:
            bound = np.where(np.isfinite(want), bound, 0).astype(np.float64)
            c["bound"] = self.array(name + ":bound", np.broadcast_to(np.nextafter(bound, np.inf) * (bound != 0), want.shape))
        self.cases.append(c)

    def values(self, name):
        a = self.arrays[name]
        n = int(np.prod(a["shape"]))
        return np.concatenate(self.pool)[a["offset"]:a["offset"] + n].reshape(a["shape"])

    def write(self):
        np.save(os.path.join(HERE, "reference.npy"), np.concatenate(self.pool))
        made = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}

        def lines(items):
            return "[\n" + ",\n".join("    " + json.dumps(i) for i in items) + "\n  ]"

        with open(os.path.join(HERE, "reference.json"), "w") as f:
            arrays = [{"name": k, **v} for k, v in self.arrays.items()]
            f.write('{\n  "schema_version": 1,\n  "made_with": %s,\n  "arrays": %s,\n  "cases": %s\n}\n'
                    % (json.dumps(made), lines(arrays), lines(self.cases)))
        print(f"{len(self.cases)} cases, {len(self.arrays)} arrays, {self.offset * 8} bytes of values")


# ----------------------------------------------------------------- inputs


def random(rng, shape, scale=1.0, offset=0.0):
    """Normal variates rounded to float32, so that they serve both types."""
    return (rng.standard_normal(shape) * scale + offset).astype(np.float32).astype(np.float64)


def awkward(rng, dtype):
    info = np.finfo(dtype)
    tiny = np.nextafter(dtype(0), dtype(1))
    fixed = [0, 1, 0.5, 2, 3, 10, 0.1, 1 / 3, np.pi, np.pi / 2, np.pi / 4, np.e, np.log(2), 1e-10, 1e-5, 88, 103, 709, 745,
             1e5, 1e10, 1e22, 1e30, tiny, 3 * tiny, info.tiny, np.nextafter(info.tiny, dtype(0)), info.max, info.eps,
             1 + info.eps, 1 - info.epsneg, np.sqrt(info.max) / 2, np.sqrt(info.tiny) * 2, 16777215, np.inf]
    a = np.array(fixed, dtype)
    more = np.concatenate([rng.uniform(-1, 1, 24), rng.uniform(-20, 20, 24), rng.uniform(-700, 700, 8)]).astype(dtype)
    return np.concatenate([a, -a, [dtype(np.nan)], more])


# ------------------------------------------------------------ elementwise


def unary_cases(ref, rng):
    for dtype in DTYPES:
        x = awkward(rng, dtype)
        a = ref.array(f"awkward {np.dtype(dtype).name}", x)
        for op in ("abs", "square", "sqrt", "negative"):
            expr = "-a" if op == "negative" else f"{op}(a)"
            ref.case("awkward", op, dtype, [a], getattr(np, op)(x), expr=expr)
        for op in ("exp", "log", "sin", "cos", "tanh"):
            want = getattr(np, op)(wide(x))
            ref.case("awkward", op, dtype, [a], want, math_bound(want, dtype, 1 if dtype is np.float32 else 1.5), expr=f"{op}(a)")


def math_bound(want, dtype, ulps):
    """ulps of the result's type, and half a unit of float64 for the rounding of the stored reference."""
    return ulps * ulp(want, dtype) + ulp(want, np.float64) / 2


def binary_cases(ref, rng):
    specials = [1.0, -1.0, 0.5, -2.5, 3.0, 1e-30, -1e30, np.inf, -np.inf, np.nan]
    x, y = map(np.array, zip(*[(p, q) for p in specials for q in specials]))
    x, y = (np.concatenate([v, random(rng, 27, 4)]).astype(np.float32).astype(np.float64) for v in (x, y))
    a, b = ref.array("pairs left", x), ref.array("pairs right", y)
    infix = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
    for dtype in DTYPES:
        p, q = x.astype(dtype), y.astype(dtype)
        for op in ("add", "subtract", "multiply", "divide", "minimum", "maximum", "less"):
            expr = f"a {infix[op]} b" if op in infix else f"{op}(a, b)"
            ref.case("pairs", op, dtype, [a, b], getattr(np, op)(p, q), expr=expr)
        ref.case("pairs", "where", dtype, [ref.array("less pairs", p < q), a, b], np.where(p < q, p, q), expr="where(a, b, c)")
        c = ref.array("truth", [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, np.inf, np.nan])
        ref.case("any number that is not zero is true", "where", dtype,
                 [c, ref.array("ones", np.ones(8)), ref.array("twos", np.full(8, 2.0))],
                 np.where(ref.values(c), 1.0, 2.0), expr="where(a, b, c)")


def pow_cases(ref, rng):
    bases = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 10.0, np.inf, -np.inf, np.nan]
    exponents = [0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -3.0, 0.5, -0.5, 1.5, 20.0, np.inf, -np.inf, np.nan]
    x, y = map(np.array, zip(*[(p, q) for p in bases for q in exponents]))
    x = np.concatenate([x, np.maximum(np.abs(random(rng, 40, 3)), 2**-6)])
    y = np.concatenate([y, random(rng, 40, 6)])
    a, b = ref.array("bases", x), ref.array("exponents", y)
    for dtype in DTYPES:
        want = np.power(wide(x), wide(y))
        ref.case("table", "pow", dtype, [a, b], want, math_bound(want, dtype, 2), expr="pow(a, b)")


def broadcast_cases(ref, rng):
    shapes = [((3, 1), (4,)), ((2, 1, 3), (4, 1)), ((), (2, 3)), ((5,), (2, 3, 5)), ((1, 1), (7,)), ((3, 4), (3, 4)),
              ((2, 1, 1, 1, 3), (4, 5, 1)), ((0, 3), (3,)), ((1,), (0,))]
    for i, (left, right) in enumerate(shapes):
        x, y = random(rng, left), random(rng, right, 1, 4)
        a, b = ref.array(f"broadcast {i} left", x), ref.array(f"broadcast {i} right", y)
        for dtype in DTYPES:
            p, q = x.astype(dtype), y.astype(dtype)
            text = f"{left} with {right}"
            ref.case(text, "subtract", dtype, [a, b], p - q, expr="a - b")
            ref.case(text, "multiply", dtype, [a, b], p * q, expr="a * b")
            ref.case(text, "divide", dtype, [a, b], p / q, expr="a / b")
    x, y, z = random(rng, (3, 1)), random(rng, (4,)), random(rng, (2, 1, 1))
    names = [ref.array(f"broadcast three {n}", v) for n, v in (("condition", x > 0), ("yes", y), ("no", z))]
    for dtype in DTYPES:
        ref.case("(3, 1), (4,) and (2, 1, 1)", "where", dtype, names, np.where(x > 0, y, z), expr="where(a, b, c)")


# -------------------------------------------------------------- reductions


def reduction_cases(ref, rng):
    offset = random(rng, (33, 5), 1.0, 1e4)
    big = random(rng, 4999)
    ties = np.array([[3, 1, 1, 5, 5], [2, 2, 2, 2, 2], [0.5, -7, 9, -7, 9]], np.float64)
    nans = np.array([[1, np.nan, 0], [4, 5, 6], [np.inf, -np.inf, 2]])
    sets = [("vector", big, [None, 0, -1]), ("matrix", random(rng, (9, 17)), [None, 0, 1, -1, -2, [0, 1]]),
            ("tall", random(rng, (131, 3)), [0, 1]), ("cube", random(rng, (5, 6, 7)), [None, 0, 1, 2, -1, [0, 2], [1, 2], [-1, 0], [0, 1, 2]]),
            ("four axes", random(rng, (3, 2, 4, 3)), [[0, 2], [1, 3], [0, 3], 2]), ("mean far above spread", offset, [None, 0, 1]),
            ("constant", np.full((4, 6), np.float64(np.float32(0.1))), [None, 0]), ("one", np.array([[2.5]]), [None, 0, 1])]
    for name, x, axes in sets:
        for axis in axes:
            for dtype in DTYPES:
                reduce_one(ref, name, x, axis, dtype)
    for name, x in (("ties", ties), ("NaN and infinities", nans)):
        for axis in (None, 0, 1):
            for dtype in DTYPES:
                extrema(ref, ref.array(name, x), name, x, axis, dtype)
    empty = ref.array("empty", np.zeros((0, 3)))
    for dtype in DTYPES:
        ref.case("empty, axis 0", "sum", dtype, [empty], np.zeros(3), np.zeros(3), expr="sum(a, 0)", axis=[0])


def axis_text(op, axis):
    """The expression and the parameter for a reduction over axis."""
    if axis is None:
        return f"{op}(a)", None
    if isinstance(axis, list):
        return None, axis
    return f"{op}(a, {axis})", [axis]


def reduce_one(ref, name, x, axis, dtype):
    """The bounds hold for any order of additions, and for one-pass variances that are stable
    (Welford, Chan), but not for the mean of squares less the square of the mean."""
    a, w, u = ref.array(name, x), wide(x), unit(dtype)
    ax = tuple(axis) if isinstance(axis, list) else axis
    n = x.size if axis is None else int(np.prod([x.shape[k] for k in np.atleast_1d(axis)]))
    total = np.abs(w).sum(axis=ax)
    mean_error = (n + 1) * u * total / n
    var, rms = w.var(axis=ax), np.sqrt(np.square(w).mean(axis=ax))
    std = np.sqrt(var)
    var_bound = (n + 8) * u * std * rms + mean_error**2
    std_bound = np.where(var > var_bound, var_bound / np.where(var > 0, std, 1) + 2 * u * std, np.sqrt(2 * var_bound))
    for op, want, bound in (("sum", w.sum(axis=ax), n * u * total), ("mean", w.mean(axis=ax), mean_error),
                            ("var", var, var_bound), ("std", std, std_bound)):
        expr, param = axis_text(op, axis)
        ref.case(f"{name}, axis {axis}", op, dtype, [a], want, bound, expr=expr, axis=param)
    extrema(ref, a, name, x, axis, dtype)


def extrema(ref, a, name, x, axis, dtype):
    ax = tuple(axis) if isinstance(axis, list) else axis
    for op in ("min", "max"):
        expr, param = axis_text(op, axis)
        ref.case(f"{name}, axis {axis}", op, dtype, [a], getattr(np, op)(x, axis=ax), expr=expr, axis=param)
    if isinstance(axis, list):
        return  # NumPy's argmin takes one axis or none
    for op in ("argmin", "argmax"):
        expr, param = axis_text(op, axis)
        ref.case(f"{name}, axis {axis}", op, dtype, [a], getattr(np, op)(x, axis=ax), expr=expr, axis=param)


# ----------------------------------------------- products and distances


def matmul_cases(ref, rng):
    shapes = [((3, 4), (4, 5)), ((1, 1), (1, 1)), ((17, 33), (33, 19)), ((7, 1), (1, 6)), ((1, 65), (65, 1)), ((5,), (5, 3)),
              ((3, 5), (5,)), ((6,), (6,)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)),
              ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((3, 0), (0, 2)), ((0, 3), (3, 2))]
    for i, (left, right) in enumerate(shapes):
        x, y = random(rng, left), random(rng, right)
        a, b = ref.array(f"product {i} left", x), ref.array(f"product {i} right", y)
        for dtype in DTYPES:
            bound = max(left[-1], 1) * unit(dtype) * np.matmul(np.abs(wide(x)), np.abs(wide(y)))
            ref.case(f"{left} by {right}", "matmul", dtype, [a, b], np.matmul(wide(x), wide(y)), bound, expr="matmul(a, b)")


def distance_cases(ref, rng):
    x, y = random(rng, (7, 11)), random(rng, (9, 11))
    y[3] = x[2]  # one distance is exactly 0
    pairs = [("7 and 9 points in 11 dimensions", x, y), ("4 and 3 points in 1 dimension", random(rng, (4, 1)), random(rng, (3, 1)))]
    for name, x, y in pairs:
        a, b = ref.array(name + ", x", x), ref.array(name + ", y", y)
        for dtype in DTYPES:
            for metric, p in (("euclidean", None), ("sqeuclidean", None), ("cityblock", None), ("chebyshev", None),
                              ("cosine", None), ("minkowski", 3.0), ("minkowski", 1.5)):
                want, bound = distances(metric, p, x, y, dtype)
                params = {"metric": metric} if p is None else {"metric": metric, "p": p}
                text = metric if p is None else f"{metric} p={p}"
                ref.case(f"{text}, {name}", "cdist", dtype, [a, b], want, bound, **params)


def distances(metric, p, x, y, dtype):
    """Distances in wide precision, confirmed by SciPy's cdist, and their bounds."""
    u, k = unit(dtype), x.shape[1]
    v, w = wide(x)[:, None, :], wide(y)[None, :, :]
    d = np.abs(v - w)
    if metric == "cosine":
        want = 1 - (v * w).sum(-1) / np.sqrt((v * v).sum(-1) * (w * w).sum(-1))
        bound = np.broadcast_to((2 * k + 8) * u, want.shape)
    elif metric == "chebyshev":
        want, bound = np.abs(x[:, None].astype(dtype) - y[None].astype(dtype)).max(-1), EXACT
    else:
        want = {"euclidean": np.sqrt((d * d).sum(-1)), "sqeuclidean": (d * d).sum(-1), "cityblock": d.sum(-1)}.get(metric)
        if metric == "minkowski":
            want = (d ** wide(p)).sum(-1) ** (1 / wide(p))
        bound = (k + (16 if metric == "minkowski" else 3)) * u * want
    scipy_value = cdist(x, y, metric) if p is None else cdist(x, y, metric, p=p)
    np.testing.assert_allclose(np.float64(want), scipy_value, rtol=1e-12 if want.dtype != np.float32 else 1e-6, atol=1e-15)
    return want, bound


def metric_cases(ref, rng):
    """The metrics with formulas in wide precision, confirmed by SciPy, and bounds from the roundings of each."""
    x, y = random(rng, (5, 9)), random(rng, (6, 9))
    x[0], y[0], y[1], y[2] = 0, 0, x[1], np.float32(x[2] * (1 + 2**-10))
    x[3, :4], y[3, :4] = 0, 0
    x[4, 4] = y[4, 5] = np.nan
    sets_x, sets_y = (rng.random((6, 13)) < 0.4) * 1.0, (rng.random((5, 13)) < 0.4) * 2.0
    sets_x[0], sets_y[0], sets_x[1], sets_y[1], sets_y[2] = 0, 0, 1, 1, sets_x[2]
    parts_x, parts_y = np.float32(rng.random((5, 12)) + 0.1).astype(float), np.float32(rng.random((6, 12))).astype(float)
    parts_x[0], parts_y[0], parts_y[1], parts_y[2] = 0, 0, parts_x[1], np.float32(parts_x[2] * (1 + 1e-3 * rng.random(12)))
    parts_x[3, :5], parts_y[3, 2:7] = 0, 0
    data = {"reals": (x, y), "sets": (sets_x, sets_y), "parts": (parts_x, parts_y)}
    for kind, (x, y) in data.items():
        a, b = ref.array(kind + " x", x), ref.array(kind + " y", y)
        for metric, of in METRICS.items():
            if of == kind:
                for dtype in DTYPES:
                    want, bound = metric_values(metric, x, y, unit(dtype))
                    ref.case(metric, "cdist", dtype, [a, b], want, bound, metric=metric)
    x, y = random(rng, (8, 3)), random(rng, (7, 3))
    a, b = ref.array("solid x", x), ref.array("solid y", y)
    w, v = [2.0, 0.25, 3.0], [0.5, 2.0, 1.25]
    vi = np.linalg.inv(np.cov(np.vstack([x, y]).T))
    vi = (vi + vi.T) / 2
    for dtype in DTYPES:
        for name, kwargs in [("seuclidean", {}), ("seuclidean", {"v": v}), ("mahalanobis", {}), ("mahalanobis", {"vi": vi.ravel().tolist()})] + [
                ("minkowski", {"p": p, "w": w}) for p in (1.0, 1.5, 2.0, 3.0)]:
            scipy_args = {k.upper() if k in ("v", "vi") else k: np.reshape(z, (3, 3)) if k == "vi" else z for k, z in kwargs.items()}
            want = cdist(x, y, name, **scipy_args)
            bound = unit(dtype) * want * 2 + 1e-12
            ref.case(" ".join([name] + list(kwargs) + ([str(kwargs["p"])] if "p" in kwargs else [])), "cdist", dtype, [a, b], want, bound,
                     metric=name, **kwargs)


METRICS = {m: "reals" for m in ("canberra", "braycurtis", "correlation", "hamming", "jaccard", "inner")}
METRICS |= {m: "parts" for m in ("jensenshannon", "kl", "hellinger")}
METRICS |= {m: "sets" for m in ("dice", "kulczynski1", "rogerstanimoto", "russellrao", "sokalmichener", "sokalsneath", "yule")}


def metric_values(metric, x, y, u):
    """Distances in wide precision and their bounds, for operations of unit roundoff u."""
    k = x.shape[1]
    v, w = wide(x)[:, None, :], wide(y)[None, :, :]
    d, size = np.abs(v - w), np.abs(v) + np.abs(w)
    if METRICS[metric] == "sets":
        want = cdist(x != 0, y != 0, metric)
        return want, 8 * u * np.where(np.isfinite(want), want, 0)
    if METRICS[metric] == "parts":
        return divergence(metric, v / v.sum(-1)[..., None], w / w.sum(-1)[..., None], k, u)
    if metric == "inner":
        return (v * w).sum(-1), (k + 1) * u * np.nan_to_num(np.abs(v * w).sum(-1))
    if metric == "canberra":
        want = np.where(size == 0, 0, d / np.where(size == 0, 1, size)).sum(-1)
    elif metric == "braycurtis":
        want = d.sum(-1) / np.abs(v + w).sum(-1)
    elif metric == "hamming":
        want = (v != w).sum(-1) / wide(k)
    elif metric == "jaccard":
        some = ((v != 0) | (w != 0)).sum(-1)
        want = np.where(some == 0, 0, (v != w).sum(-1) / wide(np.maximum(some, 1)))
    else:
        v, w = v - v.mean(-1)[..., None], w - w.mean(-1)[..., None]
        want = 1 - (v * w).sum(-1) / np.sqrt((v * v).sum(-1) * (w * w).sum(-1))
        np.testing.assert_allclose(np.float64(want), cdist(x, y, metric), rtol=1e-12, atol=1e-15)
        return want, np.broadcast_to((8 * k + 32) * u, want.shape)
    np.testing.assert_allclose(np.float64(want), cdist(x, y, metric), rtol=1e-12, atol=1e-15)
    return want, (2 * k + 6) * u * np.nan_to_num(want)


def divergence(metric, p, q, k, u):
    """Divergences of probabilities, and bounds from the roundings of p and q, relatively k + 2 units."""
    m = (p + q) / 2
    log = lambda a, b: np.where(a == 0, 0, a * np.log(np.where(a == 0, 1, a / np.where(a == 0, 1, b))))
    if metric == "kl":
        want, size = log(p, q).sum(-1), (np.abs(log(p, q)) + p + q).sum(-1)
        return want, np.nan_to_num((k + 40) * u * size)
    if metric == "jensenshannon":
        square, size = (log(p, m) + log(q, m)).sum(-1) / 2, (np.abs(log(p, m)) + np.abs(log(q, m))).sum(-1)
    else:
        square, size = ((np.sqrt(p) - np.sqrt(q)) ** 2).sum(-1) / 2, (np.abs(np.sqrt(p) - np.sqrt(q)) * (np.sqrt(p) + np.sqrt(q))).sum(-1)
    equal = (p == q).all(-1)
    want = np.sqrt(np.where(equal, 0, square))
    bound = np.where(equal, 0, (k + 40) * u * (size / np.where(want == 0, 1, want) + want))
    return want, np.nan_to_num(bound)


WEIGHTED = {"euclidean": "reals", "sqeuclidean": "reals", "cityblock": "reals", "chebyshev": "reals", "cosine": "reals", "correlation": "reals",
            "braycurtis": "reals", "canberra": "reals", "minkowski": "reals", "hamming": "sets", "jaccard": "sets", "dice": "sets",
            "kulczynski1": "sets", "rogerstanimoto": "sets", "russellrao": "sets", "sokalmichener": "sets", "sokalsneath": "sets", "yule": "sets"}


def weighted_cases(ref, rng):
    """All metrics to which SciPy gives weights. Weights are summed, so SciPy's float64 is a reference up to a few units."""
    w = np.array([2.0, 0.25, 3.0, 0.0, 1.5, 0.5, 0.75])
    reals = random(rng, (5, 7)), random(rng, (6, 7))
    sets = (rng.random((6, 7)) < 0.5) * 1.0, (rng.random((5, 7)) < 0.5) * 1.0
    sets[0][0], sets[1][0], sets[1][1] = 0, 1, sets[0][1]  # two empty sets are an error to SciPy
    reals[1][0] = reals[0][1]
    for kind, (x, y) in {"reals": reals, "sets": sets}.items():
        a, b = ref.array("weighted " + kind + " x", x), ref.array("weighted " + kind + " y", y)
        for metric, of in WEIGHTED.items():
            if of != kind:
                continue
            p = {"p": 2.5} if metric == "minkowski" else {}
            want = cdist(x != 0, y != 0, metric, w=w) if kind == "sets" else cdist(x, y, metric, w=w, **p)
            for dtype in DTYPES:
                bound = np.nan_to_num(2 * unit(dtype) * np.abs(want)) + 1e-14
                ref.case("weighted " + metric, "cdist", dtype, [a, b], want, bound, metric=metric, w=w.tolist(), **p)


def centre_cases(ref, rng):
    """x + x.T - mean(x, 0), a workload of the parallel-computing courses."""
    x = random(rng, (37, 37))
    a, w = ref.array("square", x), wide(x)
    want = w + w.T - w.mean(0)
    size = np.abs(w) + np.abs(w.T) + np.abs(w).mean(0)
    for dtype in DTYPES:
        bound = unit(dtype) * (2 * size + 38 * np.abs(w).mean(0))
        ref.case("37x37", "x+x.T-mean(x,0)", dtype, [a], want, bound, expr="a + transpose(a) - mean(a, 0)")


# ------------------------------------------------------------------ views


def view_cases(ref, rng):
    v, m, c = random(rng, 11), random(rng, (6, 9)), random(rng, (3, 4, 5))
    names = [ref.array(n, x) for n, x in (("view vector", v), ("view matrix", m), ("view cube", c))]
    full = [None, None, None]
    slices = [(names[0], v, [[2, 9, 3]]), (names[0], v, [[None, None, -1]]), (names[0], v, [[9, 1, -3]]), (names[0], v, [[-4, None, 1]]),
              (names[0], v, [[5, 5, 1]]), (names[0], v, [[None, -3, 2]]), (names[1], m, [[1, 5, 2], [7, 0, -2]]), (names[1], m, [full, [3, 4, None]]),
              (names[1], m, [[None, None, -1], [None, None, -1]]), (names[1], m, [[-2, None, None]]), (names[2], c, [full, [None, None, -2], [1, None, 3]]),
              (names[2], c, [[2, 0, -1]])]
    for dtype in DTYPES:
        for name, x, s in slices:
            text = ", ".join(":".join("" if p is None else str(p) for p in t) for t in s)
            ref.case(f"{name}[{text}]", "slice", dtype, [name], x[tuple(slice(*t) for t in s)], slices=s)
        ref.case("matrix", "transpose", dtype, [names[1]], m.T, expr="transpose(a)", axes=None)
        for axes in (None, [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]):
            ref.case(f"cube, axes {axes}", "transpose", dtype, [names[2]], np.transpose(c, axes), axes=axes,
                     expr="transpose(a)" if axes is None else None)
        for shape in ([60], [5, 12], [2, 3, 10], [-1, 6], [3, 4, 5, 1]):
            ref.case(f"cube to {shape}", "reshape", dtype, [names[2]], c.reshape(shape), shape=shape)
        ref.case("transposed matrix to [9, 2, 3]", "transpose+reshape", dtype, [names[1]], m.T.reshape(9, 2, 3), shape=[9, 2, 3])


# ----------------------------------------------------------- functions


UNARY = {  # our name: NumPy's or SciPy's, and whether the result is exact
    "exp2": np.exp2, "expm1": np.expm1, "log2": np.log2, "log10": np.log10, "log1p": np.log1p, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "cbrt": np.cbrt,
    "sigmoid": special.expit, "logsigmoid": special.log_expit, "softplus": lambda x: np.logaddexp(np.zeros_like(x), x),
    "erf": special.erf, "erfc": special.erfc, "ndtri": special.ndtri,
}
EXACT_UNARY = {"ceil": np.ceil, "trunc": np.trunc, "sign": np.sign, "isnan": np.isnan, "isinf": np.isinf,
               "isfinite": np.isfinite, "rint": np.rint, "floor": np.floor}
NUMPY_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "sigmoid": "expit", "logsigmoid": "log_expit"}
ONLY_DOUBLE = ("erf", "erfc", "ndtri")  # SciPy has these in float64 at most, within 6 units


def function_cases(ref, rng):
    for dtype in DTYPES:
        x = ref.values(f"awkward {np.dtype(dtype).name}").astype(dtype)
        x = np.concatenate([x, np.linspace(0, 1, 33)[1:-1].astype(dtype)])
        a = ref.array(f"function arguments {np.dtype(dtype).name}", x)
        for op, f in UNARY.items():
            expr = f"{NUMPY_NAMES.get(op, op)}(a)"
            want = wide(f(np.float64(x))) if op in ONLY_DOUBLE else f(wide(x))
            bound = math_bound(want, dtype, 1 if dtype is np.float32 else 1.5)
            if op in ONLY_DOUBLE:
                bound = bound + 6 * ulp(want, np.float64)
            if op == "erfc":  # where exp(-x²) multiplies the rounding of x²
                bound = bound + np.where(want > 0, x.astype(np.float64) ** 2 * unit(np.float64) * want, 0)
            ref.case("awkward", op, dtype, [a], want, bound, expr=expr)
        for op, f in EXACT_UNARY.items():
            ref.case("awkward", op, dtype, [a], f(x), expr=f"{op}(a)")
    values = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 7.0, 1e-30, -1e30, 2.0**120, np.inf, -np.inf, np.nan])
    x, y = (v.ravel() for v in np.meshgrid(values, values))
    x = np.concatenate([x, random(rng, 40, 10)]).astype(np.float32).astype(np.float64)
    y = np.concatenate([y, random(rng, 40, 3)]).astype(np.float32).astype(np.float64)
    a, b = ref.array("function pairs left", x), ref.array("function pairs right", y)
    for dtype in DTYPES:
        p, q = x.astype(dtype), y.astype(dtype)
        for op, f in (("atan2", np.arctan2), ("hypot", np.hypot)):
            want = f(wide(x), wide(y))
            ref.case("pairs", op, dtype, [a, b], want, math_bound(want, dtype, 1), expr=f"{NUMPY_NAMES.get(op, op)}(a, b)")
        for op, f in (("mod", np.mod), ("fmod", np.fmod), ("copysign", np.copysign)):
            ref.case("pairs", op, dtype, [a, b], f(p, q), expr=f"{op}(a, b)")


def main():
    ref, rng = Reference(), np.random.Generator(np.random.PCG64(20240229))
    with np.errstate(all="ignore"):
        for group in (unary_cases, binary_cases, pow_cases, broadcast_cases, reduction_cases, matmul_cases, distance_cases, metric_cases,
                      centre_cases, view_cases, function_cases, weighted_cases):
            group(ref, rng)
    ref.write()


if __name__ == "__main__":
    main()
