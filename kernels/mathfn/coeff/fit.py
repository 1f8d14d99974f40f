#!/usr/bin/env python3
"""Compute the polynomial coefficients of package mathfn and write coefficients.go.

Run as:  /usr/bin/python3 fit.py | gofmt > ../coefficients.go     (a minute or two)

With names, such as `fit.py exp log`, only the polynomials so named are computed.

Needs mpmath (Debian: python3-mpmath; python3-gmpy2 makes it faster).

Each polynomial is the near-minimax fit of a function under a weight: weighted
least squares on Chebyshev nodes, the weights sharpened by Lawson's iteration
(C. L. Lawson, 1961) towards the least maximal error. Coefficients are rounded
to the element type one by one, lowest degree first, and the rest is fitted
again each time, so that the rounding of one is made up for by the others
(N. Brisebarre, S. Chevillard, "Efficient polynomial L-infinity approximations",
ARITH 2007, do this optimally; fitting again is nearly as good here).
"""

import sys

from mpmath import mp, mpf

mp.prec = 240


def round_to(x, kind):
    """x rounded to a float32 ("f32") or float64 ("f64"), as an mpf."""
    p = 24 if kind == "f32" else 53
    if x == 0:
        return mpf(0)
    return mp.ldexp(mp.nint(mp.ldexp(x, p - mp.frexp(x)[1])), mp.frexp(x)[1] - p)


def nodes(lo, hi, n):
    mid, half = (mpf(lo) + hi) / 2, (mpf(hi) - lo) / 2
    return [mid + half * mp.cos(mp.pi * (2 * k + 1) / (2 * n)) for k in range(n)]


def solve_weighted(xs, ys, ws, powers):
    """Coefficients of the x**p, p in powers, of the weighted least squares fit."""
    rows = mp.matrix(len(xs), len(powers))
    rhs = mp.matrix(len(xs), 1)
    for i, (x, y, w) in enumerate(zip(xs, ys, ws)):
        for j, p in enumerate(powers):
            rows[i, j] = w * x**p
        rhs[i] = w * y
    return mp.qr_solve(rows, rhs)[0]


def fit(f, lo, hi, powers, weight, steps=6):
    """Near-minimax coefficients of f on [lo, hi], least |weight * error|."""
    xs = nodes(lo, hi, 4 * len(powers) + 12)
    ys = [f(x) for x in xs]
    base = [weight(x) for x in xs]
    lawson = [mpf(1)] * len(xs)
    for _ in range(steps):
        ws = [b * mp.sqrt(l) for b, l in zip(base, lawson)]
        cs = solve_weighted(xs, ys, ws, powers)
        errs = [abs(b * (y - sum(c * x**p for c, p in zip(cs, powers)))) for x, y, b in zip(xs, ys, base)]
        top = max(errs)
        if top == 0:
            break
        lawson = [l * (e / top + mpf("1e-3")) for l, e in zip(lawson, errs)]
        mean = sum(lawson) / len(lawson)
        lawson = [l / mean for l in lawson]
    return list(cs)


def rounded_fit(f, lo, hi, degree, weight, kind):
    """fit with every coefficient a float of the kind."""
    done = []
    while len(done) <= degree:
        rest = lambda x: f(x) - sum(c * x**i for i, c in enumerate(done))
        powers = list(range(len(done), degree + 1))
        cs = fit(rest, lo, hi, powers, weight)
        done.append(round_to(cs[0], kind))
    return done


def worst(f, lo, hi, cs, weight):
    """The largest |weight * error|, on a fine grid, as a power of two."""
    e = max(abs(weight(x) * (f(x) - sum(c * x**i for i, c in enumerate(cs)))) for x in nodes(lo, hi, 997))
    return float(mp.log(e, 2)) if e else float("-inf")


def literal(c):
    return float(c).hex()


def emit(name, comment, kind, f, lo, hi, degree, weight):
    if not name.startswith(tuple(sys.argv[1:] or [""])):
        return
    cs = rounded_fit(f, lo, hi, degree, weight, kind)
    error = worst(f, lo, hi, cs, weight)
    print(f"\n// {name}: {comment}; largest error 2^{error:.1f}.")
    print(f"var {name} = []float64{{")
    for c in cs:
        print(f"\t{literal(c)}, // {mp.nstr(c, 10)}")
    print("}")
    sys.stdout.flush()


HALF_LN2 = mp.log(2) / 2
ROOT = mp.sqrt(mpf(1) / 2)


def exp_tail(r):
    """(exp(r) - 1 - r) / r**2"""
    return (mp.expm1(r) - r) / r**2 if r else mpf(1) / 2


def log_tail(f):
    """(log(1 + f) - f) / f**2"""
    return (mp.log1p(f) - f) / f**2 if f else -mpf(1) / 2


def sin_tail(s):
    """(r - sin(r)) / r**3 in s = r**2"""
    r = mp.sqrt(s)
    return (r - mp.sin(r)) / (r * s) if s else mpf(1) / 6


def cos_tail(s):
    """(cos(r) - 1) / s in s = r**2"""
    return (mp.cos(mp.sqrt(s)) - 1) / s if s else -mpf(1) / 2


def sin_turns(hi):
    """sin(2πf)/f - hi in s = f**2"""
    return lambda s: (mp.sin(2 * mp.pi * mp.sqrt(s)) / mp.sqrt(s) if s else 2 * mp.pi) - hi


def cos_turns(s):
    """(cos(2πf) - 1) / s in s = f**2"""
    return (mp.cos(2 * mp.pi * mp.sqrt(s)) - 1) / s if s else -2 * mp.pi**2


def tanh_tail(s):
    """(tanh(x) - x) / x**3 in s = x**2"""
    x = mp.sqrt(s)
    return (mp.tanh(x) - x) / (x * s) if s else -mpf(1) / 3


def atanh_tail(t):
    """(2 atanh(s) - 2 s - 2/3 s**3) / s**5 in t = s**2"""
    s = mp.sqrt(t)
    return (2 * mp.atanh(s) - 2 * s - 2 * s * t / 3) / (s * t * t) if t else mpf(2) / 5


def expm1_tail(r):
    """(expm1(r) - r) / r**2"""
    return exp_tail(r)


def exp2_tail(r):
    """(2**r - 1) / r"""
    return mp.expm1(r * mp.log(2)) / r if r else mp.log(2)


def odd_tail(f, first):
    """(f(x) - x) / x**3 in s = x**2, for an odd f whose Taylor series goes on with first·x**3"""
    def tail(s):
        x = mp.sqrt(s)
        return (f(x) - x) / (x * s) if s else first
    return tail


def odd_weight(f):
    """The weight of the error of odd_tail, relative to f."""
    return lambda s: s * mp.sqrt(s) / f(mp.sqrt(s)) if s else s


def cosh_tail(s):
    """(cosh(r) - 1) / s in s = r**2"""
    return 2 * mp.sinh(mp.sqrt(s) / 2) ** 2 / s if s else mpf(1) / 2


def erf_tail(s):
    """erf(x)/x - 1 in s = x**2"""
    x = mp.sqrt(s)
    return (mp.erf(x) / x if s else 2 / mp.sqrt(mp.pi)) - 1


def over(c):
    t = c + mpf(21) / 32
    return (1 + t) * mp.log1p(t)


def under(c):
    t = c + mpf(21) / 32
    return (1 - t) * mp.log1p(-t) if t < 1 else mpf(0)


def log_erfc(x):
    return mp.log(mp.erfc(x))


def scaled_erfc(v):
    """(1 + x/4)·exp(x**2)·erfc(x) in v = 1/(1 + x/4) - 1/2"""
    w = v + mpf(1) / 2
    x = 4 * (1 / w - 1)
    return mp.exp(x * x) * mp.erfc(x) / w


def scaled_erfc_tail(v):
    """what scaled_erfc is above its value at v = 0, over v"""
    return (scaled_erfc(v) - 2 * mp.exp(16) * mp.erfc(4)) / v


def erf_half(s):
    """erf(x)/x - 9/8 in s = x**2"""
    x = mp.sqrt(s)
    return mp.erf(x) / x - mpf(9) / 8 if s else 2 / mp.sqrt(mp.pi) - mpf(9) / 8


def upper_quantile(t):
    """The x that a standard normal variable exceeds with probability t < 1/2, by Halley's method."""
    s = mp.sqrt(-2 * mp.log(t))
    x = max(s - (mp.log(s) + mpf("0.92")) / s, mpf("0.3"))
    for _ in range(60):
        e = (mp.erfc(x / mp.sqrt(2)) / 2 - t) / (mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi))
        step = e / (1 - x * e / 2)
        x += step
        if abs(step) < mpf(2) ** -200 * x:
            break
    return x


def central_quantile(s):
    """(x/q - √(2π)) / s in s = q**2, for the normal quantile x of 1/2 + q"""
    q = mp.sqrt(s)
    return (upper_quantile(mpf(1) / 2 - q) / q - mp.sqrt(2 * mp.pi)) / s


def tail_quantile(middle, shift):
    """s less the normal quantile of exp(-s**2/2), in v = (s - middle)/(s + shift)"""
    def tail(v):
        s = (middle + shift * v) / (1 - v)
        return s - upper_quantile(mp.exp(-s * s / 2))
    return tail


def tail_weight(middle, shift):
    return lambda v: 1 / ((middle + shift * v) / (1 - v) - tail_quantile(middle, shift)(v))


def accurate_center(f, slope, middle):
    """A float32 near middle at which f is within 1/64 of the last place of a float32, and that one
    (S. Gal, B. Bachelis, "An accurate elementary mathematical library", 1991)."""
    place = mp.ldexp(1, mp.frexp(f(middle))[1] - 24)
    step = mp.ldexp(1, max(mp.frexp(mpf(middle))[1] - 24, mp.frexp(place / 100 / slope)[1]))
    k = 0
    while True:
        for center in (middle - k * step, middle + k * step):
            value = round_to(f(center), "f32")
            if abs(f(center) - value) < place / 64:
                return center, value
        k += 1


def emit_pieces(name, table):
    """One row of 16 pieces for each of what is looked up."""
    print(f"var {name} = [][]float64{{")
    for row in table:
        print("\t{")
        for k in range(0, 16, 4):
            print("\t\t" + " ".join(literal(c) + "," for c in row[k:k + 4]))
        print("\t},")
    print("}")


def emit_tanh_pieces(degree):
    """Quarter octaves of 1 + a, of which exponent and first two mantissa bits, modulo 16, are the piece's number."""
    name = "tanhPieces"
    if not name.startswith(tuple(sys.argv[1:] or [""])):
        return
    table, largest = [[mpf(0)] * 16 for _ in range(degree + 2)], mpf(0)
    table[0][9], table[1][9] = mpf(9), mpf(1)  # from 9 on the result is 1
    for piece in range(13):
        lo, hi = (mp.ldexp(1 + mpf(k % 4) / 4, k // 4) - 1 for k in (piece, piece + 1))
        middle = (lo + hi) / 2 if piece < 12 else mpf("8.25")  # 9 − c stays below tanh(c): see tanhByPieces
        center, value = accurate_center(mp.tanh, mp.sech(middle) ** 2, middle) if piece else (mpf(0), mpf(0))
        first = 0 if piece else 1  # of the first piece the term a is added apart
        slope = mp.sech(center) ** 2 - first
        f = lambda z: (mp.tanh(center + z) - value) / z - first if z else slope
        weight = lambda z: abs(z) / mp.tanh(center + z) if center + z else mpf(1)
        margin = mp.ldexp(1, -22)  # 1 + a is rounded
        ends = max(lo - margin, 0) - center, hi + margin - center
        cs = rounded_fit(f, *ends, degree - 1, weight, "f32")
        largest = max(largest, mp.mpf(2) ** worst(f, *ends, cs, weight))
        for row, c in zip(table, [center, value] + cs):
            row[(piece + 12) % 16] = c
    print(f"\n// {name}: center c, tanh(c), and the coefficients of (tanh(c+z)-tanh(c))/z, of (tanh(z)-z)/z in the piece from 0 on,")
    print(f"// each for 16 pieces: see tanh; largest error 2^{float(mp.log(largest, 2)):.1f}.")
    emit_pieces(name, table)
    sys.stdout.flush()


def emit_sine_pieces():
    """Sixteenths of a turn, around multiples of π/8."""
    name = "sinePieces"
    if not name.startswith(tuple(sys.argv[1:] or [""])):
        return
    rows, largest = [[] for _ in range(5)], mpf(0)
    for piece in range(16):
        sine, cosine = (f(mpf(piece) / 8) for f in (mp.sinpi, mp.cospi))
        high, slope = round_to(sine, "f32"), round_to(cosine, "f32")
        f = lambda s: (slope - cosine * mp.sin(mp.sqrt(s)) / mp.sqrt(s)) / s if s else cosine / 6
        smaller = lambda r: min(abs(sine * mp.cos(r) + cosine * z) for z in (mp.sin(r), -mp.sin(r)))
        weight = lambda s: s * mp.sqrt(s) / smaller(mp.sqrt(s)) if s else s
        cs = rounded_fit(f, mpf(0), SIXTEENTH, 1, weight, "f32") if cosine else [mpf(0), mpf(0)]
        largest = max(largest, mp.mpf(2) ** worst(f, mpf(0), SIXTEENTH, cs, weight)) if cosine else largest
        for row, c in zip(rows, [-high, round_to(high - sine, "f32"), slope] + cs):
            row.append(c)
    print(f"\n// {name}: for 16 pieces around a = 0, π/8, 2π/8, … -sin(a) in two parts, c = cos(a), and the coefficients of")
    print(f"// (c-cos(a)·sin(r)/r)/r² in s = r² for |r| ≤ π/16, relative to sin(a+r)/r³; largest error 2^{float(mp.log(largest, 2)):.1f}.")
    emit_pieces(name, rows)
    sys.stdout.flush()


EXP = (-HALF_LN2 * 1.001, HALF_LN2 * 1.001)
LOG = (ROOT - 1, mp.sqrt(2) - 1)
HALF_LN2_SQUARED = (mpf(0), (HALF_LN2 * mpf("1.001")) ** 2)
EIGHTH_PI = (mpf(0), (mp.sqrt(2) - 1) ** 2 * mpf("1.001"))
OCTAVES = (ROOT / 2 * mpf("0.999"), 2 * mp.sqrt(2) * mpf("1.001"))
ATANH = (mpf(0), (3 - 2 * mp.sqrt(2)) ** 2 * mpf("1.001"))
SIXTEENTH = (mp.pi / 16 * mpf("1.001")) ** 2  # x·8/π is rounded
EIGHTH_TURN = (mpf(0), mpf(1) / 64)
QUARTER = (mpf(0), (mp.pi / 4 * mpf("1.002")) ** 2)


def main():
    print("// Code generated by coeff/fit.py; DO NOT EDIT.\n")
    print("package mathfn")
    for kind, d_exp, d_log, d_sin, d_cos, d_pow in (
        ("f32", 4, 8, 2, 3, 2),
        ("f64", 9, 19, 5, 6, 7),
    ):
        k = kind.upper()
        emit(f"exp{k}", "(exp(r)-1-r)/r² for |r| ≤ ln2/2, relative to exp(r)", kind, exp_tail, *EXP, d_exp,
             lambda r: r**2 / mp.exp(r))
        emit(f"log{k}", "(log(1+f)-f)/f² for 1+f in [√½, √2], relative to log(1+f)", kind, log_tail, *LOG, d_log,
             lambda f: abs(f**2 / mp.log1p(f)) if f else mpf(0))
        if kind == "f64":
            emit(f"sin{k}", "(r-sin(r))/r³ in s = r² for |r| ≤ π/4, relative to sin(r)", kind, sin_tail, *QUARTER, d_sin,
                 lambda s: s / mp.sinc(mp.sqrt(s)))
            emit(f"cos{k}", "(cos(r)-1)/r² in s = r² for |r| ≤ π/4", kind, cos_tail, *QUARTER, d_cos, lambda s: s)
        emit(f"sinTurns{k}", "sin(2πf)/f - 2π in s = f² for |f| ≤ 1/8, relative to sin(2πf)", kind,
             sin_turns(round_to(2 * mp.pi, kind)), *EIGHTH_TURN, d_sin + 1, lambda s: mpf(1) / (2 * mp.pi))
        emit(f"cosTurns{k}", "(cos(2πf)-1)/f² in s = f² for |f| ≤ 1/8", kind, cos_turns, *EIGHTH_TURN, d_cos,
             lambda s: s)
        if kind == "f32":
            emit_sine_pieces()
            emit("cosPiece", "(cos(r)-1)/r² in s = r² for |r| ≤ π/16", kind, cos_tail, mpf(0), SIXTEENTH, 1, lambda s: s)
            emit_tanh_pieces(6)
        else:
            emit(f"tanh{k}", "(tanh(x)-x)/x³ in s = x² for |x| ≤ 0.6, relative to tanh(x)", kind, tanh_tail,
                 mpf(0), mpf("0.6") ** 2, 10, lambda s: s * mp.sqrt(s) / mp.tanh(mp.sqrt(s)) if s else s)
        emit(f"pow{k}", "(2·atanh(s)-2s-⅔s³)/s⁵ in t = s² for |s| ≤ 3-2√2, relative to 2s", kind, atanh_tail, *ATANH,
             d_pow, lambda t: t * t / 2)
    for kind, d_exp2, d_expm1, d_sinh, d_cosh, d_tan, d_asin, d_atan, d_cbrt in (
        ("f32", 5, 5, 2, 2, 6, 4, 4, 4),
        ("f64", 11, 9, 4, 4, 14, 12, 10, 6),
    ):
        k = kind.upper()
        emit(f"exp2{k}", "(2^r-1)/r for |r| ≤ ½, relative to 2^r", kind, exp2_tail, mpf("-0.5"), mpf("0.5"), d_exp2,
             lambda r: abs(r) / mpf(2)**r)
        emit(f"expm1{k}", "(exp(r)-1-r)/r² for |r| ≤ ln2/2, relative to exp(r)-1", kind, expm1_tail, *EXP, d_expm1,
             lambda r: abs(r**2 / mp.expm1(r)) if r else mpf(0))
        emit(f"sinh{k}", "(sinh(r)-r)/r³ in s = r² for |r| ≤ ln2/2, relative to sinh(r)", kind,
             odd_tail(mp.sinh, mpf(1) / 6), *HALF_LN2_SQUARED, d_sinh, odd_weight(mp.sinh))
        emit(f"cosh{k}", "(cosh(r)-1)/r² in s = r² for |r| ≤ ln2/2", kind, cosh_tail, *HALF_LN2_SQUARED, d_cosh, lambda s: s)
        emit(f"tan{k}", "(tan(r)-r)/r³ in s = r² for |r| ≤ π/4, relative to tan(r)", kind, odd_tail(mp.tan, mpf(1) / 3),
             *QUARTER, d_tan, odd_weight(mp.tan))
        emit(f"asin{k}", "(asin(x)-x)/x³ in s = x² for |x| ≤ ½, relative to asin(x)", kind, odd_tail(mp.asin, mpf(1) / 6),
             mpf(0), mpf("0.2501"), d_asin, odd_weight(mp.asin))
        emit(f"atan{k}", "(atan(x)-x)/x³ in s = x² for |x| ≤ √2-1, relative to atan(x)", kind, odd_tail(mp.atan, -mpf(1) / 3),
             *EIGHTH_PI, d_atan, odd_weight(mp.atan))
        emit(f"cbrt{k}", "x^(-1/3) for √⅛ ≤ x ≤ √8, relative to it", kind, lambda x: 1 / mp.cbrt(x), *OCTAVES, d_cbrt,
             mp.cbrt)
    for kind, d_erf, d_log_erfc, erf_end, d_erfc, erfc_end, d_half in (
        ("f32", 6, 6, 4, 10, mpf("10.1"), 5),
        ("f64", 12, 17, 6, 21, mpf("27.3"), 9),
    ):
        k = kind.upper()
        emit(f"erf{k}", "erf(x)/x-1 in s = x² for |x| ≤ 1, relative to erf(x)/x", kind, erf_tail, mpf(0), mpf("1.001"), d_erf,
             lambda s: 1 / (1 + erf_tail(s)))
        emit(f"logErfc{k}", f"ln(erfc(x)) for 1 ≤ x ≤ {erf_end}, relative to erf(x)", kind, log_erfc, mpf("0.999"), mpf(erf_end),
             d_log_erfc, lambda x: mp.erfc(x) / mp.erf(x))
        emit(f"scaledErfc{k}", "(h(v)-h(0))/v for h = (1+x/4)·exp(x²)·erfc(x), v = 1/(1+x/4)-½, x ≥ ½, relative to h", kind,
             scaled_erfc_tail, 1 / (1 + erfc_end / 4) - mpf(1) / 2, 1 / (1 + mpf("0.499") / 4) - mpf(1) / 2, d_erfc,
             lambda v: abs(v) / scaled_erfc(v))
        emit(f"erfHalf{k}", "erf(x)/x-9/8 in s = x² for |x| ≤ 0.6, relative to 1", kind, erf_half, mpf(0), mpf("0.3601"), d_half,
             lambda s: mpf(1))
    for kind, d_over in (("f32", 8), ("f64", 16)):
        emit(f"over{kind.upper()}", "(1+t)·ln(1+t) in c = t-21/32 for ⅓ ≤ t ≤ 1, relative to that and (1-t)·ln(1-t)", kind, over,
             mpf("0.3333") - mpf(21) / 32, mpf(11) / 32, d_over, lambda c: 1 / (over(c) + under(c)))
    eighth = mp.sqrt(2 * mp.log(8)) * mpf("0.999")
    comment = "s-x for the quantile -x of exp(-s²/2) in v = (s-{})/(s+{}) for {} ≤ s ≤ {}, relative to x"
    for kind, d_central in (("f32", 11), ("f64", 23)):
        emit(f"quantile{kind.upper()}", "(x/q-√(2π))/s in s = q² for the quantile x of ½+q, |q| ≤ ⅜, relative to x/q", kind,
             central_quantile, mpf("1e-12"), mpf("0.1407"), d_central, lambda s: s / mpf("2.51"))
    for name, kind, middle, shift, first, last, degree in (("tailF32", "f32", 5, 4, eighth, mpf("14.45"), 12),
                                                           ("tailF64", "f64", 4, 4, eighth, mpf("7.01"), 19),
                                                           ("farTailF64", "f64", 15, 8, mpf("6.99"), mpf("38.7"), 22)):
        emit(name, comment.format(middle, shift, mp.nstr(first, 3), mp.nstr(last, 3)), kind, tail_quantile(middle, shift),
             (first - middle) / (first + shift), (last - middle) / (last + shift), degree, tail_weight(middle, shift))


if __name__ == "__main__":
    main()
