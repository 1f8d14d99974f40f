package ptx_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/ptx"
	"github.com/quern-go/quern/kernels/ptx/interp"
	"github.com/quern-go/quern/kernels/term"
)

// inexact are what no text may have: flushing of subnormals, approximations, and
// arithmetic on floats without a rounding, which the assembler may contract.
var inexact = regexp.MustCompile(`\.ftz|\.approx|\.full|\t(@\S+ )?(add|sub|mul|fma|mad|div|sqrt)\.f(32|64)`)

func TestExactArithmeticOnly(t *testing.T) {
	for name, k := range examples(t) {
		for _, sm := range []int{70, 90} {
			m := render(t, k, ptx.Target{SM: sm}, 1)
			if found := inexact.FindString(m.Source()); found != "" {
				t.Errorf("%s: sm_%d: the text has %q", name, sm, found)
			}
		}
	}
}

func render(t *testing.T, k kernels.Kernel, target ptx.Target, axes int) *ptx.Module {
	t.Helper()
	m, err := ptx.Render(k, target, grid.AxesFor(axes))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestEntries compares what a Module says of its entries with their texts.
func TestEntries(t *testing.T) {
	for name, k := range examples(t) {
		m := render(t, k, ptx.Target{SM: 80}, 1)
		for _, e := range m.Entries {
			p, err := interp.Parse(e.Source)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, e.Name, err)
			}
			sizes := p.ParamSizes(e.Name)
			if p.GroupSize(e.Name) != e.GroupSize || len(sizes) != e.Buffers+1 || sizes[e.Buffers] != e.BlockBytes {
				t.Errorf("%s: %s: the text has groups of %d and parameters of %v bytes; the entry says %d, %d buffers and a block of %d bytes",
					name, e.Name, p.GroupSize(e.Name), sizes, e.GroupSize, e.Buffers, e.BlockBytes)
			}
			if shared := p.SharedBytes(e.Name); shared != e.SharedBytes || shared > 48<<10 {
				t.Errorf("%s: %s: %d bytes of shared memory in the text, %d in the entry", name, e.Name, shared, e.SharedBytes)
			}
		}
	}
}

func TestTargets(t *testing.T) {
	k := mapOf(t, []kernels.DType{f32}, func(b *kernels.Builder) values { return values{b.Max(b.Load(0, f32), b.Float(f32, 0))} })
	for _, c := range []struct {
		name   string
		target ptx.Target
		want   string // in the text, or in the error
		fails  bool
	}{
		{"Volta", ptx.Target{SM: 70}, ".version 6.3\n.target sm_70\n", false},
		{"Turing", ptx.Target{SM: 75}, ".version 6.3\n.target sm_70\n", false},
		{"Ampere", ptx.Target{SM: 80}, ".version 7.0\n.target sm_80\n", false},
		{"Hopper", ptx.Target{SM: 90}, ".version 7.0\n.target sm_80\n", false},
		{"Ampere, old driver", ptx.Target{SM: 80, ISA: 64}, ".version 6.3\n.target sm_70\n", false},
		{"minimum of sm_80", ptx.Target{SM: 80}, "max.NaN.f32", false},
		{"minimum of sm_70", ptx.Target{SM: 70}, "setp.nan.f32", false},
		{"comments", ptx.Target{SM: 70, Comments: true}, "\t// %2 = max.f32 %0 %1\n", false},
		{"head", ptx.Target{SM: 70}, "// A map over any layout.\n// \n// map ins=[f32]", false},
		{"Pascal", ptx.Target{SM: 61}, "sm_61 given", true},
		{"old PTX", ptx.Target{SM: 70, ISA: 60}, "PTX 6.0 given", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := ptx.Render(k, c.target, 1)
			switch {
			case c.fails && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, expected %q", err, c.want)
			case !c.fails && err != nil:
				t.Error(err)
			case !c.fails && !strings.Contains(m.Source(), c.want):
				t.Errorf("%q is not in the text:\n%s", c.want, m.Source())
			}
		})
	}
	for _, axes := range []int{0, 13} {
		if _, err := ptx.Render(k, ptx.Target{SM: 70}, axes); err == nil {
			t.Errorf("rendered for %d axes", axes)
		}
	}
}

// TestTooManyOperands: an argument block has its limit.
func TestTooManyOperands(t *testing.T) {
	var ins []kernels.DType
	for range 60 {
		ins = append(ins, f32)
	}
	k := mapOf(t, ins, func(b *kernels.Builder) values {
		sum := b.Load(0, f32)
		for slot := range ins {
			sum = b.Add(sum, b.Load(slot, f32))
		}
		return values{sum}
	})
	if _, err := ptx.Render(k, ptx.Target{SM: 70}, 12); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v, expected one that wraps ErrUnsupported", err)
	}
	if _, err := ptx.Render(k, ptx.Target{SM: 70}, 1); err != nil {
		t.Errorf("one axis: %v", err)
	}
}

// TestPlanAgain plans launches of different sizes in one Plan.
func TestPlanAgain(t *testing.T) {
	m := render(t, reduceOf(t, kernels.Tree, f32, kernels.CombineAdd), ptx.Target{SM: 80}, 1)
	var again grid.Plan
	for _, c := range []struct{ n, passes, scratch int }{{100, 1, 0}, {5000, 2, 8}, {4096 * 4097, 3, 4097*4 + 8}, {4096, 1, 0}} {
		args := &grid.Args{Shape: []int{c.n}, Reduced: 1, Ins: []grid.Operand{{Strides: []int{1}}}, Outs: []grid.Operand{{}}}
		if err := m.Plan(args, &again); err != nil {
			t.Fatal(err)
		}
		var fresh grid.Plan
		if err := m.Plan(args, &fresh); err != nil {
			t.Fatal(err)
		}
		scratch := 0
		for _, bytes := range again.Scratch {
			scratch += bytes
		}
		if len(again.Passes) != c.passes || scratch != c.scratch {
			t.Errorf("%d values: %d passes and %d bytes of scratch, expected %d and %d", c.n, len(again.Passes), scratch, c.passes, c.scratch)
		}
		for i := range fresh.Passes {
			a, b := again.Passes[i], fresh.Passes[i]
			if string(a.Block) != string(b.Block) || a.Groups != b.Groups || a.Entry != b.Entry || len(a.Buffers) != len(b.Buffers) {
				t.Errorf("%d values: pass %d of a plan used again differs from that of a fresh one", c.n, i)
			}
		}
	}
}

// BenchmarkPlan is the time before a launch.
func BenchmarkPlan(b *testing.B) {
	m, err := ptx.Render(contractOf(b, term.FMA, f32), ptx.Target{SM: 80}, 4)
	if err != nil {
		b.Fatal(err)
	}
	args := &grid.Args{
		Shape: []int{1000, 1000, 1000},
		Ins:   []grid.Operand{{Strides: []int{1000, 0, 1}}, {Strides: []int{0, 1, 1000}}},
		Outs:  []grid.Operand{{Strides: []int{1000, 1}}},
	}
	var plan grid.Plan
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Plan(args, &plan); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRender is the time to make the texts of a kernel.
func BenchmarkRender(b *testing.B) {
	for name, k := range map[string]kernels.Kernel{
		"map":      examples(b)["fma/f32"],
		"reduce":   reduceOf(b, kernels.Tree, f32, kernels.CombineAdd),
		"contract": contractOf(b, term.FMA, f32),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := ptx.Render(k, ptx.Target{SM: 80}, 4); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestLoopsAreWrittenOnce: a loop counts as all its steps, whichever of its states is
// used, so that it is not written out for many values at once.
func TestLoopsAreWrittenOnce(t *testing.T) {
	for name, k := range examples(t) {
		if !strings.HasPrefix(name, "loopsum") {
			continue
		}
		m, err := ptx.Render(k, ptx.Target{SM: 80}, grid.AxesFor(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range m.Entries {
			if most := 200_000; len(e.Source) > most {
				t.Errorf("%s: %s is a text of %d bytes, expected at most %d", name, e.Name, len(e.Source), most)
			}
		}
	}
}
