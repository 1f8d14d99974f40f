package mathfn

import (
	"testing"

	"github.com/quern-go/quern/kernels"
)

// instructions is how many instructions a vector unit has to run.
func instructions(b *kernels.Body) int {
	n := 0
	for i := range b.Insts {
		switch b.Insts[i].Op {
		case kernels.OpConst, kernels.OpArg, kernels.OpBitcast:
		default:
			n++
		}
	}
	return n
}

// likely is the function's fast specialisation, or its body if there is none.
func likely(t *testing.T, f *kernels.Func) (fast kernels.Body, guarded bool) {
	t.Helper()
	fast, guarded, err := f.Body.Likely()
	if err != nil {
		t.Fatal(err)
	}
	if !guarded {
		fast = f.Body
	}
	return fast, guarded
}

// TestFastPathSize keeps the sizes that the package comment states.
func TestFastPathSize(t *testing.T) {
	want := map[string][2]int{ // float32, float64
		"exp": {14, 19}, "log": {19, 32}, "sin": {25, 31}, "cos": {25, 31}, "cospi2": {19, 25}, "tanh": {25, 41},
		"pow": {75, 87}, "exp2": {13, 19}, "expm1": {38, 42}, "log2": {33, 46}, "log10": {33, 46}, "log1p": {40, 53},
		"tan": {36, 44}, "asin": {30, 38}, "acos": {34, 42}, "atan": {48, 54}, "sinh": {48, 52}, "cosh": {44, 48},
		"cbrt": {41, 46}, "hypot": {27, 27}, "atan2": {58, 64}, "sigmoid": {42, 47}, "softplus": {72, 90},
		"logsigmoid": {74, 92}, "erf": {34, 56}, "erfc": {118, 138}, "fmod": {14, 14}, "mod": {23, 23},
		"ndtri": {90, 150}, "ceil": {3, 3}, "trunc": {4, 4}, "sign": {5, 5}, "copysign": {5, 5}, "isnan": {3, 3},
		"isinf": {3, 3}, "isfinite": {3, 3}, "jensen": {46, 76},
	}
	for _, info := range Functions() {
		for i, typ := range []kernels.DType{kernels.F32, kernels.F64} {
			f, _ := Lookup(info.Name, typ)
			fast, _ := likely(t, f)
			if got := instructions(&fast); got != want[info.Name][i] {
				t.Errorf("%s: %d instructions, expected %d", f.Name, got, want[info.Name][i])
			}
		}
	}
}

// TestLikely holds the fast specialisation against the definition, and the guard
// against what is meant to be likely.
func TestLikely(t *testing.T) {
	for _, f := range All() {
		fast, guarded := likely(t, f)
		if !guarded {
			continue
		}
		passed := 0
		const n = 6000
		for i := range uint64(n) {
			args := make([]uint64, len(f.Params))
			for k, p := range f.Params {
				args[k] = randomBits(p, 3, uint64(k), i)
			}
			r := fast.Eval(func(leaf *kernels.Inst) uint64 { return args[leaf.Imm] }, nil)
			if r[1] == 0 {
				continue
			}
			passed++
			if want := f.Eval(args); r[0] != want {
				t.Fatalf("%s(%#x): fast %#x, definition %#x", f.Name, args, r[0], want)
			}
		}
		if passed < n/10 {
			t.Errorf("%s: the guard held for %d of %d arguments", f.Name, passed, n)
		}
	}
}

// TestLikelyArguments: ordinary arguments, zero included, pass the guard.
func TestLikelyArguments(t *testing.T) {
	for name, args := range map[string][][]float64{
		"exp": {{0}, {-1}, {80}, {-86.9}},
		"log": {{1}, {0.5}, {1e-30}, {1e30}},
		"sin": {{0}, {3.2}, {-100}, {389}},
		"cos": {{0}, {3.2}, {-100}, {389}},
		"pow": {{2, 3}, {10, -20}, {1, 0}, {0.5, 0.5}},

		"exp2": {{0}, {-125}, {100.5}}, "log1p": {{0}, {-0.5}, {1e-30}, {1e30}}, "log10": {{1}, {1e-30}, {1e30}},
		"tan": {{0}, {3.2}, {-389}}, "cbrt": {{1}, {-1e-30}, {1e30}}, "hypot": {{3, 4}, {0, 1}, {-1e10, 1e-30}},
		"atan2": {{1, 1}, {-3, 1e-9}, {0.1, -2}}, "sigmoid": {{0}, {-59}, {59}}, "softplus": {{0}, {-59}, {59}},
		"erfc": {{0}, {-7}, {7}}, "fmod": {{7, 3}, {1e-30, 1e30}, {1e5, -3}}, "ndtri": {{0.5}, {1e-30}, {0.999}},
	} {
		for _, typ := range []kernels.DType{kernels.F32, kernels.F64} {
			f, _ := Lookup(name, typ)
			fast, _ := likely(t, f)
			for _, a := range args {
				r := fast.Eval(func(leaf *kernels.Inst) uint64 { return kernels.FloatBits(typ, a[leaf.Imm]) }, nil)
				if r[1] == 0 {
					t.Errorf("%s%v is not on the fast path", f.Name, a)
				}
			}
		}
	}
}

// TestWidths: every value has as many bits as the element, so that vector code
// needs one number of lanes; Bools are masks of that width.
func TestWidths(t *testing.T) {
	for _, f := range All() {
		if err := f.Body.Validate(); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		size := f.Result().Size()
		for i := range f.Body.Insts {
			if in := &f.Body.Insts[i]; in.Type != kernels.Bool && in.Type.Size() != size {
				t.Errorf("%s: %%%d = %s has another width", f.Name, i, in)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	byType := map[string]func(kernels.DType) *kernels.Func{
		"exp": Exp, "log": Log, "sin": Sin, "cos": Cos, "tanh": Tanh, "pow": Pow, "cospi2": CosPi2,
		"exp2": Exp2, "expm1": Expm1, "log2": Log2, "log10": Log10, "log1p": Log1p, "tan": Tan,
		"asin": Asin, "acos": Acos, "atan": Atan, "sinh": Sinh, "cosh": Cosh, "cbrt": Cbrt, "hypot": Hypot,
		"atan2": Atan2, "sigmoid": Sigmoid, "softplus": Softplus, "logsigmoid": LogSigmoid, "erf": Erf, "erfc": Erfc,
		"fmod": Fmod, "mod": Mod, "ndtri": NormalQuantile,
		"ceil": Ceil, "trunc": Trunc, "sign": Sign, "copysign": CopySign,
		"isnan": IsNaN, "isinf": IsInf, "isfinite": IsFinite, "jensen": Jensen,
	}
	for name, get := range byType {
		for _, typ := range []kernels.DType{kernels.F32, kernels.F64} {
			f, ok := Lookup(name, typ)
			if !ok || f != get(typ) || f.Name != name+"."+typ.String() {
				t.Errorf("Lookup(%s, %s) = %v, %v", name, typ, f, ok)
			}
		}
		if get(kernels.I32) != nil {
			t.Errorf("%s of i32 exists", name)
		}
	}
	if _, ok := Lookup("gamma", kernels.F32); ok {
		t.Error("found gamma")
	}
	if len(All()) != 2*len(byType) {
		t.Errorf("All lists %d functions, expected %d", len(All()), 2*len(byType))
	}
}
