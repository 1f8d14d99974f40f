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
	want := map[string]int{
		"exp.f32": 14, "log.f32": 19, "sin.f32": 27, "cos.f32": 27, "cospi2.f32": 19, "tanh.f32": 32, "pow.f32": 75,
		"exp.f64": 19, "log.f64": 32, "sin.f64": 31, "cos.f64": 31, "cospi2.f64": 25, "tanh.f64": 41, "pow.f64": 87,
	}
	for _, f := range All() {
		fast, _ := likely(t, f)
		if got := instructions(&fast); got != want[f.Name] {
			t.Errorf("%s: %d instructions, expected %d", f.Name, got, want[f.Name])
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
