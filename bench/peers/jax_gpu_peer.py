"""JAX, on a GPU: each workload is one compiled function, its products in full float32."""
import functools
import os
import sys

import estimates
from peer import need, np, serve, work

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # the memory is shared with others
jax = need("jax", lambda j: j.config.update("jax_default_device", j.devices("gpu")[int(sys.argv[1])]))
jax.config.update("jax_enable_x64", True)
jnp = jax.numpy


@functools.cache
def uniform(name, shape, dtype=np.float32):
    return jax.random.uniform(jax.random.key(ord(name)), shape, dtype=dtype)


def compiled(f, *arguments):
    g = jax.jit(f)
    return lambda: g(*arguments)


@work("resident_launch")
def launch(kind, launches):
    x, negate = uniform("a", (1,)), jax.jit(jnp.negative)

    def run():
        for _ in range(launches):
            result = negate(x)
        return result

    return run


@work("resident_copy", "resident_scale", "resident_add", "resident_triad", "resident_chain")
def elementwise(kind, n):
    a, b = uniform("a", (n,)), uniform("b", (n,))
    return compiled({
        "copy": lambda a, b: jnp.array(a, copy=True),
        "scale": lambda a, b: 3 * a,
        "add": lambda a, b: a + b,
        "triad": lambda a, b: 3 * a + b,
        "chain": lambda a, b: jnp.sqrt(jnp.sin(a) ** 2 + jnp.cos(b) ** 2) * jnp.exp(-a),
    }[kind.removeprefix("resident_")], a, b)


@work("resident_exp", "resident_log", "resident_sin", "resident_tanh")
def function(kind, n):
    return compiled(getattr(jnp, kind.removeprefix("resident_")), uniform("a", (n,)))


@work("resident_uniform", "resident_normal")
def draw(kind, n):
    f = getattr(jax.random, kind.removeprefix("resident_"))
    return {"threefry": compiled(lambda key: f(key, (n,), dtype="float32"), jax.random.key(42))}


@work("resident_sum", "resident_dot")
def whole(kind, n):
    a, b = uniform("a", (n,)), uniform("b", (n,))
    return compiled(jnp.dot, a, b) if kind == "resident_dot" else compiled(jnp.sum, a)


@work("resident_sum_axis0", "resident_sum_axis1", "resident_sum_rows")
def along_axis(kind, m, n):
    axis = 0 if kind == "resident_sum_axis0" else 1
    return compiled(lambda a: a.sum(axis=axis), uniform("a", (m, n)))


@work("resident_x_plus_xT")
def transposed(kind, n):
    return compiled(lambda a: a + a.T, uniform("a", (n, n)))


@work("resident_sgemm", "resident_dgemm")
def gemm(kind, n, dtype):
    a, b = uniform("a", (n, n), dtype), uniform("b", (n, n), dtype)
    return compiled(lambda a, b: jnp.matmul(a, b, precision="highest"), a, b)


@work("resident_cdist_euclidean")
def distances(kind, m, n, k):
    x, y = uniform("a", (m, k)), uniform("b", (n, k))
    return compiled(lambda x, y: jnp.sqrt(((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=-1)), x, y)


def estimate(f):
    """Compiles f(key)."""
    return compiled(f, jax.random.key(42))


def normals(key):
    return lambda i, n: jax.random.normal(jax.random.fold_in(key, i), (n,), dtype="float32")


@work("pi")
def pi(kind, samples):
    def count(key):
        x, y = (jax.random.uniform(k, (samples,), dtype="float32") for k in jax.random.split(key))
        return estimates.inside(x, y)

    return estimate(count)


@work("european_call")
def european_call(kind, samples):
    return estimate(lambda key: estimates.european_call(jnp, normals(key), samples))


@work("asian_call")
def asian_call(kind, samples, steps):
    loop = functools.partial(jax.lax.fori_loop, 0)
    return {"array code": estimate(lambda key: estimates.asian_call(jnp, normals(key), samples, steps, loop))}


serve(f"JAX {jax.__version__}", lambda result: result.block_until_ready())
