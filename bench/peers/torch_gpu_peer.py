"""torch, on a GPU. TF32 is off but where a name says so."""
import sys

import estimates
from peer import kept, need, np, serve, work

torch = need("torch", lambda t: t.cuda.set_device(int(sys.argv[1])))
torch.set_grad_enabled(False)
torch.backends.cudnn.allow_tf32 = False


def uniform(name, shape, dtype=np.float32):
    return kept(name, shape, dtype, lambda n: torch.rand(n, dtype=_type(dtype), device="cuda"))


def empty(shape, dtype=np.float32):
    return kept("", shape, dtype, lambda n: torch.ones(n, dtype=_type(dtype), device="cuda"))


def normal(i, n):
    return torch.randn(n, device="cuda")


def _type(dtype):
    return getattr(torch, np.dtype(dtype).name)


@work("resident_launch")
def launch(kind, launches):
    x, out = uniform("a", 1), empty(1)

    def run():
        for _ in range(launches):
            torch.neg(x, out=out)

    return run


@work("resident_copy", "resident_scale", "resident_add", "resident_triad")
def elementwise(kind, n):
    a, b, c = uniform("a", n), uniform("b", n), empty(n)
    return {
        "copy": lambda: c.copy_(a),
        "scale": lambda: torch.mul(a, 3, out=c),
        "add": lambda: torch.add(a, b, out=c),
        "triad": lambda: torch.add(b, a, alpha=3, out=c),
    }[kind.removeprefix("resident_")]


@work("resident_chain")
def chain(kind, n):
    def value(a, b):
        return torch.sqrt(torch.sin(a) ** 2 + torch.cos(b) ** 2) * torch.exp(-a)

    a, b = uniform("a", n), uniform("b", n)
    runs = {"array code": lambda: value(a, b)}
    if hasattr(torch, "compile"):  # from 2.0 on
        compiled = torch.compile(value)
        runs["torch.compile"] = lambda: compiled(a, b)
    return runs


@work("resident_exp", "resident_log", "resident_sin", "resident_tanh")
def function(kind, n):
    x, out, f = uniform("a", n), empty(n), getattr(torch, kind.removeprefix("resident_"))
    return lambda: f(x, out=out)


@work("resident_uniform", "resident_normal")
def draw(kind, n):
    out = empty(n)
    return out.uniform_ if kind == "resident_uniform" else out.normal_


@work("resident_sum", "resident_dot")
def whole(kind, n):
    a, b = uniform("a", n), uniform("b", n)
    return (lambda: torch.dot(a, b)) if kind == "resident_dot" else a.sum


@work("resident_sum_axis0", "resident_sum_axis1", "resident_sum_rows")
def along_axis(kind, m, n):
    a = uniform("a", (m, n))
    return lambda: a.sum(dim=0 if kind == "resident_sum_axis0" else 1)


@work("resident_x_plus_xT")
def transposed(kind, n):
    a = uniform("a", (n, n))
    return lambda: a + a.T


@work("resident_sgemm", "resident_dgemm")
def gemm(kind, n, dtype):
    a, b, c = uniform("a", (n, n), dtype), uniform("b", (n, n), dtype), empty((n, n), dtype)

    def product(tf32):
        def run():
            torch.backends.cuda.matmul.allow_tf32 = tf32
            torch.mm(a, b, out=c)

        return run

    return {"": product(False), "TF32 (inexact)": product(True)} if kind == "resident_sgemm" else product(False)


@work("resident_cdist_euclidean")
def distances(kind, m, n, k):
    x, y = uniform("a", (m, k)), uniform("b", (n, k))

    def by_product():
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist")

    return {
        "exact": lambda: torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist"),
        "by a product (inexact)": by_product,
    }


@work("pi")
def pi(kind, samples):
    return lambda: estimates.inside(torch.rand(samples, device="cuda"), torch.rand(samples, device="cuda"))


@work("european_call")
def european_call(kind, samples):
    return lambda: estimates.european_call(torch, normal, samples)


@work("asian_call")
def asian_call(kind, samples, steps):
    return {"array code": lambda: estimates.asian_call(torch, normal, samples, steps)}


serve(f"torch {torch.__version__}", lambda result: torch.cuda.synchronize())
