"""torch, on the CPU."""
import sys

import estimates
from peer import empty, need, np, serve, uniform, work

torch = need("torch")
torch.set_num_threads(int(sys.argv[1]))
torch.set_grad_enabled(False)

RANGES = {"exp": (-10, 10), "log": (1e-3, 1e3), "sin": (-10, 10), "tanh": (-5, 5)}


def tensor(name, shape, dtype=np.float32, lo=0, hi=0):
    return torch.from_numpy(uniform(name, shape, dtype, lo, hi))


def result(shape, dtype=np.float32):
    return torch.from_numpy(empty(shape, dtype))


@work("copy", "mul", "add", "triad", "fma", "chain", "launch")
def elementwise(kind, n):
    a, b, c = tensor("a", n), tensor("b", n), result(n)
    d = tensor("d", n) if kind in ("fma", "chain") else None
    return {
        "copy": lambda: c.copy_(a),
        "mul": lambda: torch.mul(a, 3, out=c),
        "add": lambda: torch.add(a, b, out=c),
        "launch": lambda: torch.add(a, b, out=c),
        "triad": lambda: torch.add(b, a, alpha=3, out=c),
        "fma": lambda: torch.addcmul(d, a, b, out=c),
        "chain": lambda: torch.sqrt(torch.sin(a) ** 2 + torch.cos(b) ** 2) * torch.exp(-d),
    }[kind]


@work("add_in_place")
def add_in_place(kind, n):
    x, y = tensor("a", n), result(n)

    def run():
        y.add_(x)  # grows, so that there is nothing to compare

    return run


@work("exp", "log", "sin", "tanh")
def function(kind, n):
    x, out, f = tensor(f"x of {kind}", n, lo=RANGES[kind][0], hi=RANGES[kind][1]), result(n), getattr(torch, kind)
    return lambda: f(x, out=out)


@work("uniform", "normal")
def draw(kind, n):
    out = result(n)

    def run():
        out.uniform_() if kind == "uniform" else out.normal_()

    return run


@work("dot", "sum", "min", "argmax")
def whole(kind, n):
    a = tensor("a", n)
    if kind == "dot":
        b = tensor("b", n)
        return lambda: torch.dot(a, b)
    return getattr(a, kind)


@work("sum_axis0", "sum_axis1", "std_axis0")
def along_axis(kind, m, n):
    a, axis = tensor("a", (m, n)), int(kind[-1])
    if kind.startswith("std"):
        return lambda: torch.std(a, dim=axis, unbiased=False)
    return lambda: a.sum(dim=axis)


@work("sgemm", "dgemm")
def gemm(kind, m, n, k, dtype):
    a, b, c = tensor("a", (m, k), dtype), tensor("b", (k, n), dtype), result((m, n), dtype)
    return lambda: torch.mm(a, b, out=c)


@work("matmul_sum")
def matmul_sum(kind, n):
    a, b = tensor("a", (n, n)), tensor("b", (n, n))
    return {"product and sum": lambda: (a.square() @ b).sum(), "in order n²": lambda: torch.dot(a.square().sum(0), b.sum(1))}


@work("cdist_euclidean", "cdist_cityblock", "cdist_chebyshev")
def distances(kind, m, n, k, dtype):
    x, y = tensor("x", (m, k), dtype), tensor("y", (n, k), dtype)
    if kind != "cdist_euclidean":
        return lambda: torch.cdist(x, y, p=1.0 if kind == "cdist_cityblock" else float("inf"))
    return {
        "exact": lambda: torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist"),
        "by a product (inexact)": lambda: torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist"),
    }


def normal(i, n):
    return torch.randn(n)


def in_pieces(samples, piece, estimate):
    """Runs an estimate for one piece after the other."""

    def run():
        for _ in range(max(samples // piece, 1)):
            estimate(min(piece, samples))

    return run


@work("pi")
def pi(kind, samples):
    return in_pieces(samples, 1_000_000, lambda n: int(estimates.inside(torch.rand(n), torch.rand(n))))


@work("european_call")
def european_call(kind, samples):
    return in_pieces(samples, 100_000, lambda n: estimates.european_call(torch, normal, n))


@work("asian_call")
def asian_call(kind, samples, steps):
    return in_pieces(samples, 50_000, lambda n: estimates.asian_call(torch, normal, n, steps))


serve(f"torch {torch.__version__}")
