#!/usr/bin/env python3
"""Quern's resident workloads in CuPy, torch and JAX, whichever are installed, on one GPU.

    python3 bench/peers/gpu_peers.py [--elements 1000000000] [--quick] [--repeat 15] [--only GROUP] [--peer torch]

Arrays are on the GPU before the clock starts and results stay there, as in quern bench --resident: the same names,
sizes and types, and one wait for the device at the end of each run; short runs are repeated. Random inputs are uniform
in [0, 1). TF32 is off everywhere: a float32 product is a float32 product, except that --tf32 measures torch's products
in TF32 and nothing else. Prints one JSON object a measurement, as
numpy_peers.py does; threads is the number of multiprocessors, as quern counts them. A workload that a peer cannot do
(too little memory, no such function) is an object with an error instead of times.
"""
import argparse
import json
import math
import os
import statistics
import sys
import time

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
if "--tf32" not in sys.argv:
    os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
os.environ.setdefault("JAX_DEFAULT_MATMUL_PRECISION", "float32")

SHORTEST = 2e-3  # seconds of a sample


class Peer:
    """A library: how to make arrays, wait, and count multiprocessors."""

    def __init__(self, name, numpy_like, wait, uniform, threads):
        self.name, self.np, self.wait, self.uniform, self.threads = name, numpy_like, wait, uniform, threads


def load_cupy():
    import cupy

    def uniform(*shape, dtype="float32"):
        return cupy.random.default_rng(1).random(shape, dtype=cupy.dtype(dtype))

    props = cupy.cuda.runtime.getDeviceProperties(0)
    return Peer("CuPy " + cupy.__version__, cupy, cupy.cuda.Device().synchronize, uniform, props["multiProcessorCount"])


def load_torch():
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.set_grad_enabled(False)

    def uniform(*shape, dtype="float32"):
        return torch.rand(shape, dtype=getattr(torch, dtype), device="cuda")

    props = torch.cuda.get_device_properties(0)
    return Peer("torch " + torch.__version__, torch, torch.cuda.synchronize, uniform, props.multi_processor_count)


def load_jax(threads):
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def uniform(*shape, dtype="float32"):
        return jax.random.uniform(jax.random.key(1), shape, dtype=dtype)

    return Peer("JAX " + jax.__version__, jnp, None, uniform, threads)


# A workload of a peer is (name, variant, run); run leaves its work queued. For JAX it returns what to wait for.


def maps(p, n, size):
    x, y = p.uniform(n), p.uniform(n)
    if p.name.startswith("CuPy"):
        import cupy

        out = cupy.empty_like(x)
        triad = cupy.ElementwiseKernel("float32 a, float32 b", "float32 c", "c = fmaf(3.0f, a, b)", "triad")
        chain = cupy.ElementwiseKernel(
            "float32 a, float32 b", "float32 c", "float s = sinf(a), t = cosf(b); c = sqrtf(s * s + t * t) * expf(-a)", "chain")
        yield "copy", "", lambda: cupy.copyto(out, x)
        yield "scale", "", lambda: cupy.multiply(x, cupy.float32(3), out=out)
        yield "add", "", lambda: cupy.add(x, y, out=out)
        yield "triad", "ElementwiseKernel", lambda: triad(x, y, out)
        yield "chain", "ElementwiseKernel", lambda: chain(x, y, out)
        yield "chain", "array code", lambda: cupy.sqrt(cupy.sin(x) ** 2 + cupy.cos(y) ** 2) * cupy.exp(-x)
    elif p.name.startswith("torch"):
        import torch

        out = torch.empty_like(x)
        yield "copy", "", lambda: out.copy_(x)
        yield "scale", "", lambda: torch.mul(x, 3, out=out)
        yield "add", "", lambda: torch.add(x, y, out=out)
        yield "triad", "", lambda: torch.add(y, x, alpha=3, out=out)
        yield "chain", "array code", lambda: torch.sqrt(torch.sin(x) ** 2 + torch.cos(y) ** 2) * torch.exp(-x)
        compiled = torch.compile(lambda x, y: torch.sqrt(torch.sin(x) ** 2 + torch.cos(y) ** 2) * torch.exp(-x))
        yield "chain", "torch.compile", lambda: compiled(x, y)
    else:
        import jax

        np = p.np
        for name, f in (
            ("scale", lambda x, y: 3 * x),
            ("add", lambda x, y: x + y),
            ("triad", lambda x, y: 3 * x + y),
            ("chain", lambda x, y: np.sqrt(np.sin(x) ** 2 + np.cos(y) ** 2) * np.exp(-x)),
        ):
            g = jax.jit(f)
            yield name, "", lambda: g(x, y)


def functions(p, n, size):
    x = p.uniform(n)
    for name in ("exp", "log", "sin", "tanh"):
        f = getattr(p.np, name)
        if p.name.startswith("JAX"):
            import jax

            f = jax.jit(f)
            yield name, "", lambda: f(x)
        else:
            out = p.np.empty_like(x)
            yield name, "", lambda: f(x, out=out)
    if p.name.startswith("CuPy"):
        import cupy

        for bits in (cupy.random.Philox4x3210, cupy.random.XORWOW):
            rng = cupy.random.Generator(bits(42))
            yield "uniform", bits.__name__, lambda: rng.random(n, dtype=cupy.float32)
            yield "normal", bits.__name__, lambda: rng.standard_normal(n, dtype=cupy.float32)
    elif p.name.startswith("torch"):
        out = p.np.empty_like(x)
        yield "uniform", "Philox", out.uniform_
        yield "normal", "Philox", out.normal_
    else:
        import jax

        key = jax.random.key(42)
        uniform = jax.jit(lambda k: jax.random.uniform(k, (n,)))
        normal = jax.jit(lambda k: jax.random.normal(k, (n,)))
        yield "uniform", "threefry", lambda: uniform(key)
        yield "normal", "threefry", lambda: normal(key)


def reductions(p, n, size):
    side = 8
    while (side + 8) * (side + 8) <= n:
        side += 8
    x, y = p.uniform(n), p.uniform(n)
    square = x[: side * side].reshape(side, side)
    rows = x[: n // 8 * 8].reshape(n // 8, 8)
    jit = (lambda f: f)
    if p.name.startswith("JAX"):
        import jax

        jit = jax.jit
    axis = "dim" if p.name.startswith("torch") else "axis"
    total, dot = jit(lambda x: x.sum()), jit(p.np.dot)
    axis0, axis1 = jit(lambda x: x.sum(**{axis: 0})), jit(lambda x: x.sum(**{axis: 1}))
    transposed = jit(lambda x: x + x.T)
    yield "sum", "", lambda: total(x)
    yield "dot", "", lambda: dot(x, y)
    yield f"sum_axis0/{size(side)}", "", lambda: axis0(square)
    yield f"sum_axis1/{size(side)}", "", lambda: axis1(square)
    yield "sum_rows/8", "", lambda: axis1(rows)
    yield f"x_plus_xT/{size(side)}", "", lambda: transposed(square)


def gemm(p, n, size, quick=False):
    for dtype, name in (("float32", "sgemm"), ("float64", "dgemm")):
        for m in (64, 128, 256) if quick else (1024, 4096, 8192):
            a, b = p.uniform(m, m, dtype=dtype), p.uniform(m, m, dtype=dtype)
            if p.name.startswith("JAX"):
                import jax

                f = jax.jit(lambda a, b: jax.numpy.matmul(a, b, precision="highest"))
                yield f"{name}/{size(m)}", "", lambda: f(a, b)
            else:
                out = p.np.empty_like(a)
                yield f"{name}/{size(m)}", "", lambda: p.np.matmul(a, b, out=out)


def tf32(p, n, size, quick=False):
    """Products with TF32 on, by torch."""
    if not p.name.startswith("torch"):
        return
    import torch

    torch.backends.cuda.matmul.allow_tf32 = True
    for m in (64, 128, 256) if quick else (1024, 4096, 8192):
        a, b = p.uniform(m, m), p.uniform(m, m)
        out = torch.empty_like(a)
        yield f"sgemm/{size(m)}", "TF32 (inexact)", lambda: torch.matmul(a, b, out=out)


def distances(p, n, size, quick=False):
    m = 200 if quick else 10_000
    for k in (3, 16, 128, 512):
        x, y = p.uniform(m, k), p.uniform(m, k)
        name = f"cdist_euclidean/{m}x{m}x{k}"
        if p.name.startswith("torch"):
            import torch

            yield name, "cdist, exact", lambda: torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
            yield name, "cdist by a product (inexact)", lambda: torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist")
        elif p.name.startswith("CuPy"):
            from cupyx.scipy.spatial.distance import cdist

            yield name, "cupyx cdist", lambda: cdist(x, y)
        else:
            import jax

            f = jax.jit(lambda x, y: jax.numpy.sqrt(((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=-1)))
            yield name, "", lambda: f(x, y)


def pi(p, n, size, quick=False):
    """The estimate of the course, in pieces that fit; named as the ordinary workload, whose result is one number."""
    samples, piece = (1_000_000, 1_000_000) if quick else (100_000_000, 100_000_000)

    if p.name.startswith("CuPy"):
        import cupy

        rng = cupy.random.Generator(cupy.random.Philox4x3210(42))

        def estimate():
            inside = 0
            for _ in range(samples // piece):
                x, y = rng.random(piece, dtype=cupy.float32), rng.random(piece, dtype=cupy.float32)
                inside += cupy.count_nonzero(x * x + y * y <= 1)
            return inside

    elif p.name.startswith("torch"):
        import torch

        def estimate():
            inside = 0
            for _ in range(samples // piece):
                x, y = torch.rand(piece, device="cuda"), torch.rand(piece, device="cuda")
                inside += (x * x + y * y <= 1).sum()
            return inside

    else:
        import jax

        def count(key):
            a, b = jax.random.split(key)
            x, y = jax.random.uniform(a, (piece,)), jax.random.uniform(b, (piece,))
            return (x * x + y * y <= 1).sum()

        f = jax.jit(count)

        def estimate():
            return f(jax.random.key(42))

    yield f"pi/{size(samples)}", "", estimate


def options(p, n, size, quick=False):
    """A European and an Asian call by array code; named as the ordinary workloads, whose results are one number."""
    price, strike, rate, volatility, years = 100.0, 105.0, 0.05, 0.2, 1.0
    discount = math.exp(-rate * years)

    def step(t):
        return (rate - volatility * volatility / 2) * t, volatility * t**0.5

    def value(end):
        gain = end - strike
        return (gain * (gain > 0)).mean() * discount

    paths = 1_000_000 if quick else 100_000_000
    drift, spread = step(years)
    yield f"european_call/{size(paths)}", "", estimator(p, lambda np, normal: value(
        price * np.exp(drift + spread * normal(0, paths))))

    walks, steps = 10_000 if quick else 1_000_000, 252
    drift_step, spread_step = step(years / steps)

    def walk(np, normal):
        def on(i, state):
            logarithm = state[0] + (drift_step + spread_step * normal(i, walks))
            return logarithm, state[1] + np.exp(logarithm)

        zero = 0 * normal(steps, walks)
        state = zero, zero
        if p.name.startswith("JAX"):
            import jax

            state = jax.lax.fori_loop(0, steps, on, state)
        else:
            for i in range(steps):
                state = on(i, state)
        return value(state[1] * (price / steps))

    yield f"asian_call/{walks}x{steps}", "array code", estimator(p, walk)


def estimator(p, f):
    """Runs f(np, normal), where normal(i, n) is the i-th array of n normal float32 numbers."""
    if p.name.startswith("CuPy"):
        import cupy

        rng = cupy.random.Generator(cupy.random.Philox4x3210(42))
        return lambda: f(cupy, lambda i, n: rng.standard_normal(n, dtype=cupy.float32))
    if p.name.startswith("torch"):
        import torch

        return lambda: f(torch, lambda i, n: torch.randn(n, device="cuda"))
    import jax

    compiled = jax.jit(lambda key: f(jax.numpy, lambda i, n: jax.random.normal(jax.random.fold_in(key, i), (n,), dtype="float32")))
    return lambda: compiled(jax.random.key(42))


GROUPS = {
    "gemm": gemm,
    "distances": distances,
    "memory": maps,
    "reductions": reductions,
    "pi": pi,
    "options": options,
    "functions": functions,
}
EXTRA = {"tf32": tf32}  # not unless asked for


def size_name(n):
    """Powers of ten from 10⁴ on as 1e4, as quern names them."""
    if n >= 10_000:
        e = round(math.log10(n))
        if 10**e == n:
            return f"1e{e}"
    return str(n)


def full_name(name, n):
    if name.startswith(("pi/", "european_call/", "asian_call/")):
        return name
    return "resident_" + (name if "/" in name else f"{name}/{size_name(n)}")


def measure(p, repeat, run):
    def wait(result):
        if p.wait is None:
            result.block_until_ready()
        else:
            p.wait()

    wait(run())
    start = time.perf_counter()
    wait(run())
    runs = max(1, int(SHORTEST / (time.perf_counter() - start)))
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        for _ in range(runs):
            wait(run())
        times.append((time.perf_counter() - start) / runs)
    return min(times), statistics.median(times)


def free(p):
    """Gives cached memory back, so that one group does not starve the next."""
    if p.name.startswith("CuPy"):
        import cupy

        cupy.get_default_memory_pool().free_all_blocks()
    elif p.name.startswith("torch"):
        import torch

        torch.cuda.empty_cache()


def run_group(p, group, args):
    extra = {"quick": args.quick} if group in ("gemm", "distances", "pi", "options", "tf32") else {}
    count = 0
    try:
        for name, variant, run in (GROUPS | EXTRA)[group](p, args.elements, size_name, **extra):
            peer = p.name + (", " + variant if variant else "")
            line = {"workload": full_name(name, args.elements), "peer": peer, "threads": p.threads}
            try:
                line["best_seconds"], line["median_seconds"] = measure(p, args.repeat, run)
                count += 1
            except Exception as e:  # the others go on
                line["error"] = f"{type(e).__name__}: {e}"[:300]
            print(json.dumps(line, ensure_ascii=False), flush=True)
    except Exception as e:
        print(f"{p.name}: {group}: {type(e).__name__}: {e}", file=sys.stderr)
    free(p)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=1_000_000_000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--threads", type=int, default=0, help="multiprocessors, for JAX, which does not tell")
    parser.add_argument("--only", choices=GROUPS, action="append")
    parser.add_argument("--tf32", action="store_true", help="torch's products in TF32, and nothing else")
    parser.add_argument("--peer", choices=("cupy", "torch", "jax"), action="append")
    args = parser.parse_args()
    threads = args.threads
    count = 0
    for key, load in (("cupy", load_cupy), ("torch", load_torch), ("jax", lambda: load_jax(threads))):
        if args.peer and key not in args.peer:
            continue
        try:
            p = load()
        except Exception as e:
            print(f"{key}: {type(e).__name__}: {e}", file=sys.stderr)
            continue
        threads = threads or p.threads
        for group in ["tf32"] if args.tf32 else args.only or GROUPS:
            count += run_group(p, group, args)
    if count == 0:
        sys.exit("gpu_peers: nothing was measured")


if __name__ == "__main__":
    main()
