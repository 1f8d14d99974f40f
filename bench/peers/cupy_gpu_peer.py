"""CuPy, on a GPU. TF32 is off, as it is by default."""
import sys

import estimates
from peer import kept, need, np, serve, work

cupy = need("cupy", lambda c: c.cuda.Device(int(sys.argv[1])).use())

_random = cupy.random.Generator(cupy.random.Philox4x3210(42))
_triad = cupy.ElementwiseKernel("float32 a, float32 b", "float32 c", "c = fmaf(3.0f, a, b)", "triad")
_chain = cupy.ElementwiseKernel(
    "float32 a, float32 b", "float32 c", "float s = sinf(a), t = cosf(b); c = sqrtf(s * s + t * t) * expf(-a)", "chain")


def uniform(name, shape, dtype=np.float32):
    return kept(name, shape, dtype, lambda n: _random.random(n, dtype=dtype))


def empty(shape, dtype=np.float32):
    return kept("", shape, dtype, lambda n: cupy.ones(n, dtype))


def normal(i, n):
    return _random.standard_normal(n, dtype=cupy.float32)


@work("resident_launch")
def launch(kind, launches):
    x, out = uniform("a", 1), empty(1)

    def run():
        for _ in range(launches):
            cupy.negative(x, out=out)

    return run


@work("resident_copy", "resident_scale", "resident_add", "resident_triad", "resident_chain")
def elementwise(kind, n):
    a, b, c = uniform("a", n), uniform("b", n), empty(n)
    return {
        "copy": {"": lambda: cupy.copyto(c, a)},
        "scale": {"": lambda: cupy.multiply(a, cupy.float32(3), out=c)},
        "add": {"": lambda: cupy.add(a, b, out=c)},
        "triad": {"ElementwiseKernel": lambda: _triad(a, b, c)},
        "chain": {
            "ElementwiseKernel": lambda: _chain(a, b, c),
            "array code": lambda: cupy.sqrt(cupy.sin(a) ** 2 + cupy.cos(b) ** 2) * cupy.exp(-a),
        },
    }[kind.removeprefix("resident_")]


@work("resident_exp", "resident_log", "resident_sin", "resident_tanh")
def function(kind, n):
    x, out, f = uniform("a", n), empty(n), getattr(cupy, kind.removeprefix("resident_"))
    return lambda: f(x, out=out)


@work("resident_uniform", "resident_normal")
def draw(kind, n):
    def drawn(bits):
        generator = cupy.random.Generator(bits(42))
        f = generator.random if kind == "resident_uniform" else generator.standard_normal
        return lambda: f(n, dtype=cupy.float32)

    return {bits.__name__: drawn(bits) for bits in (cupy.random.Philox4x3210, cupy.random.XORWOW)}


@work("resident_sum", "resident_dot")
def whole(kind, n):
    a, b = uniform("a", n), uniform("b", n)
    return (lambda: cupy.dot(a, b)) if kind == "resident_dot" else a.sum


@work("resident_sum_axis0", "resident_sum_axis1", "resident_sum_rows")
def along_axis(kind, m, n):
    a = uniform("a", (m, n))
    return lambda: a.sum(axis=0 if kind == "resident_sum_axis0" else 1)


@work("resident_x_plus_xT")
def transposed(kind, n):
    a = uniform("a", (n, n))
    return lambda: a + a.T


@work("resident_sgemm", "resident_dgemm")
def gemm(kind, n, dtype):
    a, b, c = uniform("a", (n, n), dtype), uniform("b", (n, n), dtype), empty((n, n), dtype)
    return lambda: cupy.matmul(a, b, out=c)


@work("resident_cdist_euclidean")
def distances(kind, m, n, k):
    from cupyx.scipy.spatial.distance import cdist

    x, y = uniform("a", (m, k)), uniform("b", (n, k))
    return {"cupyx cdist": lambda: cdist(x, y)}


@work("pi")
def pi(kind, samples):
    return lambda: estimates.inside(_random.random(samples, dtype=cupy.float32), _random.random(samples, dtype=cupy.float32))


@work("european_call")
def european_call(kind, samples):
    return lambda: estimates.european_call(cupy, normal, samples)


@work("asian_call")
def asian_call(kind, samples, steps):
    return {"array code": lambda: estimates.asian_call(cupy, normal, samples, steps)}


serve(f"CuPy {cupy.__version__}", lambda result: cupy.cuda.Device().synchronize())
