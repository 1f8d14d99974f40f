#!/usr/bin/env python3
"""Quern's workloads in NumPy, SciPy and (where installed) Numba.

    apt-get install python3-numpy python3-scipy python3-numba libopenblas0-pthread
    OPENBLAS_CORETYPE=SkylakeX OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1 \\
        python3 bench/peers/numpy_peers.py [--repeat 7] [--only GROUP]

OpenBLAS misjudges some virtual CPUs: OPENBLAS_CORETYPE=SkylakeX (AVX-512) or Haswell (AVX2) names
the core type. Only matrix products and Numba use more than one thread. Prints one JSON object a
measurement: the workload (as quern bench --list names it), the peer, the threads it may use, the
best and the median time. Each is warmed up by one run; short ones are repeated.
"""
import argparse
import json
import os
import statistics
import time

import numpy as np

THREADS = int(os.environ.get("OPENBLAS_NUM_THREADS", "0")) or os.cpu_count()
SHORTEST = 1e-3  # seconds of a sample


def measure(repeat, run):
    run()
    start = time.perf_counter()
    run()
    runs = max(1, int(SHORTEST / (time.perf_counter() - start)))
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        for _ in range(runs):
            run()
        times.append((time.perf_counter() - start) / runs)
    return min(times), statistics.median(times)


def uniform32(*shape):
    return np.random.default_rng(1).random(shape, dtype=np.float32)


def matmul_sum():
    a, b = uniform32(1000, 1000), uniform32(1000, 1000)
    yield "matmul_sum/1000", "NumPy, product and sum", lambda: np.dot(np.square(a), b).sum()
    yield "matmul_sum/1000", "NumPy, in order n²", lambda: np.dot(np.square(a).sum(axis=0), b.sum(axis=1))
    yield "matmul_sum/1000", "NumPy, einsum in order n²", lambda: np.dot(np.einsum("ik,ik->k", a, a), np.einsum("kj->k", b))


def gemm():
    for dtype, name in ((np.float32, "sgemm"), (np.float64, "dgemm")):
        for n in (1024, 2048, 4096):
            a, b = uniform32(n, n).astype(dtype), uniform32(n, n).astype(dtype)
            out = np.empty_like(a)
            yield f"{name}/{n}", "NumPy (OpenBLAS)", lambda: np.dot(a, b, out=out)


def cdist():
    from scipy.spatial.distance import cdist as scipy_cdist

    rng = np.random.default_rng(1)
    x, y = rng.random((1000, 100)), rng.random((1000, 100))
    yield "cdist_euclidean/1000x1000x100", "SciPy cdist", lambda: scipy_cdist(x, y)


def pi():
    def course(draw):
        inside = 0
        for _ in range(10):
            x, y = draw(10_000_000), draw(10_000_000)
            inside += np.sum(x**2 + y**2 <= 1)
        return 4 * inside / 100_000_000

    yield "pi/1e8", "NumPy, 10 runs of 1e7", lambda: course(np.random.rand)
    yield "pi/1e8", "NumPy, the same with PCG64", lambda: course(np.random.default_rng(42).random)
    try:
        import numba
    except ImportError:
        return

    @numba.njit(parallel=THREADS > 1)
    def loop(samples):
        inside = 0
        for _ in numba.prange(samples):
            x = np.random.random()
            y = np.random.random()
            inside += x * x + y * y < 1
        return 4 * inside / samples

    yield "pi/1e8", "Numba", lambda: loop(100_000_000)


def memory():
    n = 100_000_000
    a, b, c = uniform32(n), uniform32(n), np.zeros(n, dtype=np.float32)
    square = a.reshape(10_000, 10_000)
    yield "add/1e8", "NumPy", lambda: np.add(a, b, out=c)
    yield "add_in_place/1e8", "NumPy", lambda: np.add(c, a, out=c)
    yield "dot/1e8", "NumPy (OpenBLAS)", lambda: np.dot(a, b)
    yield "sum/1e8", "NumPy", a.sum
    yield "sum_axis0/1e4", "NumPy", lambda: square.sum(axis=0)
    yield "sum_axis1/1e4", "NumPy", lambda: square.sum(axis=1)
    small, other = uniform32(1024), uniform32(1024)
    yield "add_in_place/1024", "NumPy", lambda: np.add(other, small, out=other)


def functions():
    n = 10_000_000
    out = np.empty(n, dtype=np.float32)
    u = uniform32(n)
    for name, lo, hi in (("exp", -10, 10), ("log", 1e-3, 1e3), ("sin", -10, 10), ("tanh", -5, 5)):
        f = getattr(np, name)
        x = (lo + u * (hi - lo)).astype(np.float32)
        yield f"{name}/1e7", "NumPy", lambda: f(x, out=out)
    for name, method in (("uniform", "random"), ("normal", "standard_normal")):
        for generator in (np.random.Philox, np.random.SFC64):
            draw = getattr(np.random.Generator(generator(42)), method)
            yield f"{name}/1e7", f"NumPy, {generator.__name__}", lambda: draw(dtype=np.float32, out=out)


def transpose():
    x = np.random.default_rng(1).random((10_000, 10_000))
    yield "x_plus_xT_minus_mean/1e4", "NumPy", lambda: x + x.T - x.mean(axis=0)


GROUPS = {f.__name__: f for f in (matmul_sum, gemm, cdist, pi, memory, functions, transpose)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--only", choices=GROUPS, action="append")
    args = parser.parse_args()
    for group in args.only or GROUPS:
        # A generator waits where it is while its lambda runs, so loop variables still have its values.
        for workload, peer, run in GROUPS[group]():
            best, median = measure(args.repeat, run)
            line = {"workload": workload, "peer": peer, "threads": THREADS, "best_seconds": best, "median_seconds": median}
            print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
