#!/usr/bin/env python3
"""The course workloads in NumPy, SciPy and (where installed) Numba: best and median times.

    apt-get install python3-numpy python3-scipy python3-numba libopenblas0-pthread
    OPENBLAS_CORETYPE=SkylakeX OPENBLAS_NUM_THREADS=1 python3 bench/peers/numpy_peers.py [--repeat 7] [--only NAME]

OpenBLAS misjudges some virtual CPUs: OPENBLAS_CORETYPE=SkylakeX (AVX-512) or Haswell (AVX2) names
the core type. Prints one JSON object a workload: name, threads, best_seconds, median_seconds.
"""
import argparse
import json
import os
import statistics
import time

import numpy as np

THREADS = int(os.environ.get("OPENBLAS_NUM_THREADS", "0")) or os.cpu_count()


def measure(repeat, run):
    run()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times), statistics.median(times)


def matmul_sum():
    rng = np.random.default_rng(1)
    a = rng.random((1000, 1000), dtype=np.float32)
    b = rng.random((1000, 1000), dtype=np.float32)
    yield "matmul_sum/product_and_sum", lambda: np.dot(np.square(a), b).sum()
    yield "matmul_sum/einsum", lambda: np.einsum("ik,kj->", a * a, b, optimize=True)
    yield "matmul_sum/order_n2", lambda: np.dot(np.square(a).sum(axis=0), b.sum(axis=1))


def gemm():
    rng = np.random.default_rng(1)
    for dtype in (np.float32, np.float64):
        for n in (1024, 2048, 4096):
            a = rng.random((n, n)).astype(dtype)
            b = rng.random((n, n)).astype(dtype)
            out = np.empty_like(a)
            name = "sgemm" if dtype is np.float32 else "dgemm"
            yield f"{name}/{n}", lambda a=a, b=b, out=out: np.dot(a, b, out=out)


def cdist():
    from scipy.spatial.distance import cdist as scipy_cdist

    rng = np.random.default_rng(1)
    x = rng.random((1000, 100))
    y = rng.random((1000, 100))
    yield "cdist_euclidean/1000x1000x100", lambda: scipy_cdist(x, y)


def pi():
    def course():
        rng = np.random.default_rng(42)
        inside = 0
        for _ in range(10):
            x = rng.random(10_000_000)
            y = rng.random(10_000_000)
            inside += np.count_nonzero(x * x + y * y < 1)
        return 4 * inside / 100_000_000

    yield "pi/course_1e8", course
    try:
        import numba
    except ImportError:
        return

    @numba.njit
    def loop(samples):
        inside = 0
        for _ in range(samples):
            x = np.random.random()
            y = np.random.random()
            inside += x * x + y * y < 1
        return 4 * inside / samples

    yield "pi/numba_1e8", lambda: loop(100_000_000)


def elementwise():
    n = 100_000_000
    x = np.ones(n, dtype=np.float32)
    y = np.ones(n, dtype=np.float32)
    yield "add_in_place/1e8", lambda: np.add(y, x, out=y)
    yield "sum/1e8", x.sum
    small = np.ones(1024, dtype=np.float32)
    other = np.ones(1024, dtype=np.float32)

    def thousand():
        for _ in range(1000):
            np.add(other, small, out=other)

    yield "add_in_place/1024_times_1000", thousand


def centre():
    x = np.random.default_rng(1).random((10_000, 10_000))
    yield "x_plus_xT_minus_mean/1e4", lambda: x + x.T - x.mean(axis=0)


GROUPS = {f.__name__: f for f in (matmul_sum, gemm, cdist, pi, elementwise, centre)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--only", choices=GROUPS, action="append")
    args = parser.parse_args()
    for name in args.only or GROUPS:
        for label, run in GROUPS[name]():
            best, median = measure(args.repeat, run)
            print(json.dumps({"name": label, "threads": THREADS, "best_seconds": best, "median_seconds": median}), flush=True)


if __name__ == "__main__":
    main()
