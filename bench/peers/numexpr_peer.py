"""numexpr: whole expressions in blocks."""
import sys

from peer import empty, need, np, serve, uniform, work

numexpr = need("numexpr")
numexpr.set_num_threads(int(sys.argv[1]))

RANGES = {"exp": (-10, 10), "log": (1e-3, 1e3), "sin": (-10, 10), "tanh": (-5, 5)}
FORMULAS = {
    "mul": "s * a",
    "add": "a + b",
    "triad": "b + s * a",
    "fma": "a * b + d",
    "chain": "sqrt(sin(a) ** 2 + cos(b) ** 2) * exp(-d)",
    "launch": "a + b",
}


@work(*FORMULAS)
def elementwise(kind, n):
    names = {"a": uniform("a", n), "b": uniform("b", n), "s": np.float32(3)}
    if "d" in FORMULAS[kind]:
        names["d"] = uniform("d", n)
    out, formula = empty(n), FORMULAS[kind]
    return lambda: numexpr.evaluate(formula, names, out=out)


@work("exp", "log", "sin", "tanh")
def function(kind, n):
    names, out = {"x": uniform(f"x of {kind}", n, lo=RANGES[kind][0], hi=RANGES[kind][1])}, empty(n)
    return lambda: numexpr.evaluate(f"{kind}(x)", names, out=out)


serve(f"numexpr {numexpr.__version__}")
