package clike

import (
	"strings"

	"github.com/quern-go/quern/kernels"
)

// OpenCL is OpenCL C 1.2.
func OpenCL() *Dialect {
	return &Dialect{
		name:   "OpenCL C",
		header: "#pragma OPENCL FP_CONTRACT OFF",
		wide:   "#pragma OPENCL EXTENSION cl_khr_fp64 : enable",
		types: [kernels.NumTypes]string{
			kernels.Bool: "bool", kernels.I32: "int", kernels.U32: "uint",
			kernels.I64: "long", kernels.U64: "ulong", kernels.F32: "float", kernels.F64: "double",
		},
		global: "__global", local: "__local", constant: "__constant",
		entry:   "__kernel __attribute__((reqd_work_group_size(%d, 1, 1)))\nvoid %s(%s)",
		barrier: "barrier(CLK_LOCAL_MEM_FENCE);",
		groupID: "get_group_id(0)", itemID: "get_local_id(0)",
		floats: map[kernels.Op]string{
			kernels.OpAdd: "{a} + {b}", kernels.OpSub: "{a} - {b}", kernels.OpMul: "{a} * {b}",
			kernels.OpDiv: "{a} / {b}", kernels.OpFMA: "fma({a}, {b}, {c})",
			kernels.OpNeg: "-{a}", kernels.OpAbs: "fabs({a})", kernels.OpSqrt: "sqrt({a})",
			kernels.OpMin: "min_{n}({a}, {b})", kernels.OpMax: "max_{n}({a}, {b})",
			kernels.OpFloor: "floor({a})", kernels.OpRint: "rint({a})",
			kernels.OpLess: "{a} < {b}", kernels.OpLessEqual: "{a} <= {b}", kernels.OpEqual: "{a} == {b}",
		},
		// Signed numbers wrap around as unsigned ones.
		signed: map[kernels.Op]string{
			kernels.OpAdd: "as_{t}(as_u{t}({a}) + as_u{t}({b}))",
			kernels.OpSub: "as_{t}(as_u{t}({a}) - as_u{t}({b}))",
			kernels.OpMul: "as_{t}(as_u{t}({a}) * as_u{t}({b}))",
			kernels.OpNeg: "as_{t}(0u - as_u{t}({a}))",
			kernels.OpAnd: "{a} & {b}", kernels.OpOr: "{a} | {b}", kernels.OpXor: "{a} ^ {b}", kernels.OpNot: "~{a}",
			kernels.OpShl:  "as_u{t}({b}) < {w} ? as_{t}(as_u{t}({a}) << {b}) : 0",
			kernels.OpShr:  "{a} >> (as_u{t}({b}) < {w} ? {b} : {w} - 1)",
			kernels.OpLess: "{a} < {b}", kernels.OpLessEqual: "{a} <= {b}", kernels.OpEqual: "{a} == {b}",
		},
		unsigned: map[kernels.Op]string{
			kernels.OpAdd: "{a} + {b}", kernels.OpSub: "{a} - {b}", kernels.OpMul: "{a} * {b}",
			kernels.OpNeg: "0u - {a}", kernels.OpMulHi: "mul_hi({a}, {b})",
			kernels.OpAnd: "{a} & {b}", kernels.OpOr: "{a} | {b}", kernels.OpXor: "{a} ^ {b}", kernels.OpNot: "~{a}",
			kernels.OpShl:  "{b} < {w} ? {a} << {b} : 0",
			kernels.OpShr:  "{b} < {w} ? {a} >> {b} : 0",
			kernels.OpLess: "{a} < {b}", kernels.OpLessEqual: "{a} <= {b}", kernels.OpEqual: "{a} == {b}",
		},
		bools: map[kernels.Op]string{
			kernels.OpAnd: "{a} && {b}", kernels.OpOr: "{a} || {b}", kernels.OpXor: "{a} != {b}", kernels.OpNot: "!{a}",
		},
		shiftSigned:   map[kernels.Op]string{kernels.OpShl: "as_{t}(as_u{t}({a}) << {b})", kernels.OpShr: "{a} >> {b}"},
		shiftUnsigned: map[kernels.Op]string{kernels.OpShl: "{a} << {b}", kernels.OpShr: "{a} >> {b}"},
		viaFloat64: map[kernels.Op]string{
			kernels.OpDiv:  "(float)((double){a} / (double){b})",
			kernels.OpSqrt: "(float)sqrt((double){a})",
		},
		toFloat:    "({t}){a}",
		floatToInt: "{n}_from_{o}({a})",
		toSigned:   "as_{t}((u{t}){a})",
		toUnsigned: "({t}){a}",
		bitcast:    "as_{t}({a})",
		int32:      "%d", int64: "%dL", uint32: "%du", uint64: "%dUL",
		float32Bits: "as_float(0x%08xu)", float64Bits: "as_double(0x%016xUL)",
		int32Bits: "as_int(0x%08xu)", int64Bits: "as_long(0x%016xUL)",
		helpers: openCLHelpers(),
	}
}

// openCLHelpers are the functions that OpenCL's formats name.
func openCLHelpers() map[string]helper {
	hs := map[string]helper{
		"divide":        {text: clDivide},
		"philox":        {text: clPhilox},
		"philox_cached": {text: clPhiloxCached, needs: []string{"philox"}},
		"lane_of":       {text: clLaneOf},
	}
	for _, f := range []struct{ n, t, u, suffix string }{{"f32", "float", "uint", "f"}, {"f64", "double", "ulong", ""}} {
		fill := func(text string, more ...string) helper {
			pairs := append(more, "{n}", f.n, "{t}", f.t, "{u}", f.u)
			return helper{text: strings.NewReplacer(pairs...).Replace(text)}
		}
		hs["min_"+f.n] = fill(clMin)
		hs["max_"+f.n] = fill(clMax)
		hs["lower_"+f.n] = fill(clBeats, "{f}", "lower", "{op}", "<", "{adj}", "smaller")
		hs["higher_"+f.n] = fill(clBeats, "{f}", "higher", "{op}", ">", "{adj}", "larger")
		for _, i := range []struct{ n, t, low, high, least, most string }{
			{"i32", "int", "-2147483648.0", "2147483648.0", "INT_MIN", "INT_MAX"},
			{"u32", "uint", "0.0", "4294967296.0", "0", "UINT_MAX"},
			{"i64", "long", "-9223372036854775808.0", "9223372036854775808.0", "LONG_MIN", "LONG_MAX"},
			{"u64", "ulong", "0.0", "18446744073709551616.0", "0", "ULONG_MAX"},
		} {
			hs[i.n+"_from_"+f.n] = fill(clFromFloat, "{i}", i.t, "{in}", i.n,
				"{low}", i.low+f.suffix, "{high}", i.high+f.suffix, "{least}", i.least, "{most}", i.most)
		}
	}
	return hs
}

const clMin = `// The IEEE 754-2019 minimum: NaN if either is NaN, and -0 < +0.
static {t} min_{n}({t} x, {t} y) {
    const {t} m = x == y ? as_{t}(as_{u}(x) | as_{u}(y)) : x < y ? x : y;
    return x != x || y != y ? x + y : m;
}
`

const clMax = `// The IEEE 754-2019 maximum: NaN if either is NaN, and -0 < +0.
static {t} max_{n}({t} x, {t} y) {
    const {t} m = x == y ? as_{t}(as_{u}(x) & as_{u}(y)) : x > y ? x : y;
    return x != x || y != y ? x + y : m;
}
`

const clBeats = `// Whether y at position yi takes the place of x at xi: if it is {adj}, or NaN
// where x is not, or equal and at an earlier position.
static bool {f}_{n}({t} y, long yi, {t} x, long xi) {
    const bool xn = x != x, yn = y != y;
    return xn != yn ? yn : xn || x == y ? yi < xi : y {op} x;
}
`

const clFromFloat = `// Truncates towards zero and saturates; NaN gives 0.
static {i} {in}_from_{n}({t} x) {
    return x >= {high} ? {most} : x >= {low} ? ({i})x : x != x ? 0 : {least};
}
`

const clDivide = `// x / d, in 32 bits where these suffice.
static ulong divide(ulong x, ulong d) {
    return (x | d) >> 32 ? x / d : (uint)x / (uint)d;
}
`

const clPhilox = `// Philox4x32-10 (Salmon et al., SC11) of the counter (number, stream).
static uint4 philox(ulong number, ulong stream, ulong seed) {
    uint4 c = (uint4)((uint)number, (uint)(number >> 32), (uint)stream, (uint)(stream >> 32));
    uint2 key = (uint2)((uint)seed, (uint)(seed >> 32));
    for (int round = 0; round < 10; round++) {
        c = (uint4)(mul_hi(0xCD9E8D57u, c.z) ^ c.y ^ key.x, 0xCD9E8D57u * c.z,
                    mul_hi(0xD2511F53u, c.x) ^ c.w ^ key.y, 0xD2511F53u * c.x);
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}
`

const clPhiloxCached = `// The last counter, whose words several rows share.
typedef struct {
    ulong number; // no counter's number has its highest bit set
    uint4 words;
} Counter;

static uint4 philox_cached(Counter *last, ulong number, ulong stream, ulong seed) {
    if (last->number != number) {
        last->number = number;
        last->words = philox(number, stream, seed);
    }
    return last->words;
}
`

const clLaneOf = `static uint lane_of(uint4 words, uint lane) {
    return lane < 2 ? (lane == 0 ? words.x : words.y) : (lane == 2 ? words.z : words.w);
}
`
