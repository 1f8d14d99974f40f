"""Numba: plain loops, compiled."""
import math
import sys

from peer import empty, need, np, serve, uniform, work

numba = need("numba")
PARALLEL = int(sys.argv[1]) > 1
jit = numba.njit(parallel=PARALLEL, fastmath=True)
prange = numba.prange


@jit
def fma_loop(a, b, d, out):
    for i in prange(a.size):
        out[i] = a[i] * b[i] + d[i]


@jit
def triad_loop(a, b, d, out):
    for i in prange(a.size):
        out[i] = b[i] + np.float32(3) * a[i]


@jit
def chain_loop(a, b, d, out):
    for i in prange(a.size):
        s, c = math.sin(a[i]), math.cos(b[i])
        out[i] = math.sqrt(s * s + c * c) * math.exp(-d[i])


@work("fma", "triad", "chain")
def elementwise(kind, n):
    loop = {"fma": fma_loop, "triad": triad_loop, "chain": chain_loop}[kind]
    a, b, d, out = uniform("a", n), uniform("b", n), uniform("a" if kind == "triad" else "d", n), empty(n)

    def run():
        loop(a, b, d, out)
        return out

    return run


@jit
def sum_loop(x):
    total = np.float32(0)
    for i in prange(x.size):
        total += x[i]
    return total


@jit
def dot_loop(x, y):
    total = np.float32(0)
    for i in prange(x.size):
        total += x[i] * y[i]
    return total


@work("sum")
def total(kind, n):
    a = uniform("a", n)
    return lambda: sum_loop(a)


@work("dot")
def dot(kind, n):
    a, b = uniform("a", n), uniform("b", n)
    return lambda: dot_loop(a, b)


@jit
def distance_loop(x, y, out):
    for i in prange(x.shape[0]):
        for j in range(y.shape[0]):
            s = x.dtype.type(0)
            for k in range(x.shape[1]):
                d = x[i, k] - y[j, k]
                s += d * d
            out[i, j] = math.sqrt(s)


@work("cdist_euclidean")
def distances(kind, m, n, k, dtype):
    x, y, out = uniform("x", (m, k), dtype), uniform("y", (n, k), dtype), empty((m, n), dtype)

    def run():
        distance_loop(x, y, out)
        return out

    return run


@jit
def pi_loop(samples):
    inside = 0
    for _ in prange(samples):
        x = np.random.random()
        y = np.random.random()
        inside += x * x + y * y < 1
    return 4 * inside / samples


@work("pi")
def pi(kind, samples):
    def run():
        pi_loop(samples)

    return run


@jit
def bootstrap_loop(data, means):
    for r in prange(means.size):
        total = 0.0
        for _ in range(data.size):
            total += data[np.random.randint(data.size)]
        means[r] = total / data.size


@work("bootstrap_mean")
def bootstrap_mean(kind, n, resamples):
    data, means = uniform("data", n, np.float64), np.empty(resamples)

    def run():
        bootstrap_loop(data, means)
        np.percentile(means, (2.5, 97.5))

    return run


serve(f"Numba {numba.__version__}")
