"""NumPy, with whichever BLAS it is built on."""
import math
import os
import tempfile

from peer import empty, need, np, serve, uniform, work

RANGES = {"exp": (-10, 10), "log": (1e-3, 1e3), "sin": (-10, 10), "tanh": (-5, 5)}


@work("copy", "mul", "add", "triad", "fma", "chain")
def elementwise(kind, n):
    a, b, d, c = uniform("a", n), uniform("b", n), None, empty(n)
    if kind in ("fma", "chain"):
        d = uniform("d", n)
    s = np.float32(3)

    def triad():
        np.multiply(a, s, out=c)
        return np.add(c, b, out=c)

    def fma():
        np.multiply(a, b, out=c)
        return np.add(c, d, out=c)

    def chain():
        return np.sqrt(np.sin(a) ** 2 + np.cos(b) ** 2) * np.exp(-d)

    def copy():
        np.copyto(c, a)
        return c

    return {
        "copy": copy,
        "mul": lambda: np.multiply(a, s, out=c),
        "add": lambda: np.add(a, b, out=c),
        "triad": triad,
        "fma": fma,
        "chain": chain,
    }[kind]


@work("launch")
def launch(kind, n):
    return elementwise("add", n)


@work("add_in_place")
def add_in_place(kind, n):
    x, y = uniform("a", n), empty(n)

    def run():
        np.add(y, x, out=y)  # grows, so that there is nothing to compare

    return run


@work("exp", "log", "sin", "tanh")
def function(kind, n):
    x, out, f = uniform(f"x of {kind}", n, lo=RANGES[kind][0], hi=RANGES[kind][1]), empty(n), getattr(np, kind)
    return lambda: f(x, out=out)


@work("uniform", "normal")
def draw(kind, n):
    def run(generator):
        method, out = getattr(np.random.Generator(generator(42)), {"uniform": "random", "normal": "standard_normal"}[kind]), empty(n)

        def draws():
            method(dtype=np.float32, out=out)

        return draws

    return {"Philox": run(np.random.Philox), "SFC64": run(np.random.SFC64)}


@work("dot")
def dot(kind, n):
    a, b = uniform("a", n), uniform("b", n)
    return lambda: np.dot(a, b)


@work("sum", "min", "argmax")
def whole(kind, n):
    return getattr(uniform("a", n), kind)


@work("sum_axis0", "sum_axis1", "std_axis0")
def along_axis(kind, m, n):
    method, axis = getattr(uniform("a", (m, n)), kind[:3]), int(kind[-1])
    return lambda: method(axis=axis)


@work("sgemm", "dgemm")
def gemm(kind, m, n, k, dtype):
    a, b, c = uniform("a", (m, k), dtype), uniform("b", (k, n), dtype), empty((m, n), dtype)
    return lambda: np.dot(a, b, out=c)


@work("matmul_sum")
def matmul_sum(kind, n):
    a, b = uniform("a", (n, n)), uniform("b", (n, n))
    return {
        "product and sum": lambda: np.dot(np.square(a), b).sum(),
        "in order n²": lambda: np.dot(np.square(a).sum(axis=0), b.sum(axis=1)),
        "einsum in order n²": lambda: np.dot(np.einsum("ik,ik->k", a, a), np.einsum("kj->k", b)),
    }


@work("x_plus_xT_minus_mean")
def centre(kind, n):
    x = uniform("x", (n, n), np.float64)
    return lambda: x + x.T - x.mean(axis=0)


@work("pi")
def pi(kind, samples):
    def estimate(draw, piece):
        inside = 0
        for _ in range(max(samples // piece, 1)):
            x, y = draw(min(piece, samples)), draw(min(piece, samples))
            inside += np.count_nonzero(x**2 + y**2 <= 1)
        return None

    generator = np.random.default_rng(42)
    return {
        "pieces of 1e7": lambda: estimate(np.random.rand, 10_000_000),
        "PCG64, pieces of 1e5, float32": lambda: estimate(lambda n: generator.random(n, dtype=np.float32), 100_000),
    }


@work("european_call")
def european_call(kind, samples):
    generator, piece = np.random.Generator(np.random.SFC64(42)), 100_000
    drift, spread, discount = (0.05 - 0.2**2 / 2), np.float32(0.2), math.exp(-0.05)

    def run():
        total = 0.0
        for _ in range(max(samples // piece, 1)):
            z = generator.standard_normal(min(piece, samples), dtype=np.float32)
            end = np.float32(100) * np.exp(np.float32(drift) + spread * z)
            total += discount * float(np.maximum(end - np.float32(105), 0).sum(dtype=np.float64))

    return run


@work("asian_call")
def asian_call(kind, samples, steps):
    generator, piece = np.random.Generator(np.random.SFC64(42)), 1000
    drift, deviation = np.float32((0.05 - 0.2**2 / 2) / steps), np.float32(0.2 / math.sqrt(steps))

    def run():
        total = 0.0
        for _ in range(max(samples // piece, 1)):
            z = generator.standard_normal((min(piece, samples), steps), dtype=np.float32)
            prices = np.float32(100) * np.exp(np.cumsum(drift + deviation * z, axis=1))
            total += math.exp(-0.05) * float(np.maximum(prices.mean(axis=1) - np.float32(105), 0).sum(dtype=np.float64))

    return run


@work("integrate")
def integrate(kind, samples):
    generator, piece = np.random.Generator(np.random.SFC64(42)), 100_000

    def run():
        total = 0.0
        for _ in range(max(samples // piece, 1)):
            x = 2 * generator.random((2, min(piece, samples))) - 1
            total += np.exp(-(x * x).sum(axis=0)).sum()

    return run


@work("bootstrap_mean")
def bootstrap_mean(kind, n, resamples):
    data, generator = uniform("data", n, np.float64), np.random.Generator(np.random.SFC64(42))

    def run():
        means = [data[generator.integers(0, n, n)].mean() for _ in range(resamples)]
        np.percentile(means, (2.5, 97.5))

    return run


@work("npy_exp")
def npy_exp(kind, n):
    folder = tempfile.TemporaryDirectory(prefix="quern-peer-")
    source, target = os.path.join(folder.name, "a.npy"), os.path.join(folder.name, "out.npy")
    np.save(source, uniform("a", n))

    def run(keep=folder):
        np.save(target, np.exp(np.load(source)))

    return run


serve(f"NumPy {np.__version__}")
