package devicetest

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
)

// functions tests every function of kernels/mathfn: alone on special values and
// random bits, and within a longer body. The least effort compiles several into
// one kernel, each with its own output.
func (s *tester) functions(t T) {
	for _, fs := range functionGroups(pick(s.effort, 10, 1, 1)) {
		name := fs[0].Name
		if len(fs) > 1 {
			name += "…" + fs[len(fs)-1].Name
		}
		t.Run(name, func(t T) { s.together(t, fs) })
	}
	for _, dt := range floatTypes {
		t.Run("composed."+dt.String(), func(t T) { s.composed(t, dt) })
	}
}

// functionGroups divides the functions into runs of at most size with equal
// parameters.
func functionGroups(size int) [][]*kernels.Func {
	var groups [][]*kernels.Func
	bySignature := make(map[string]int) // the signature's last group
	for _, f := range mathfn.All() {
		signature := fmt.Sprint(f.Params)
		i, ok := bySignature[signature]
		if !ok || len(groups[i]) == size {
			i = len(groups)
			groups = append(groups, nil)
			bySignature[signature] = i
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

// together tests functions of equal parameters in one kernel.
func (s *tester) together(t T, fs []*kernels.Func) {
	f := fs[0]
	dt := f.Params[0]
	k := &kernels.Map{Signature: kernels.Signature{Ins: f.Params}}
	k.Body = body(t, func(b *kernels.Builder) values {
		args := make(values, len(f.Params))
		for i, p := range f.Params {
			args[i] = b.Load(i, p)
		}
		results := make(values, len(fs))
		for i, f := range fs {
			results[i] = b.Call(f, args...)
		}
		return results
	})
	d := newData(f.Name)
	if !s.check(t, k, crossed(d, k, dt, pick(s.effort, 200, 2000, 1000000))) {
		return
	}
	// Arguments of everyday size, in runs without exceptional ones, where
	// devices take their fast paths.
	for _, scale := range []float64{1, 10, 80, 700, 1e5} {
		n := pick(s.effort, 257, 1025, 65537)
		args := &oracle.Args{Shape: []int{n}, Outs: outputs(k, []int{n}, rowMajor)}
		for range k.Ins {
			a := oracle.NewArray(dt, n)
			for i := range n {
				a.Set(i, kernels.FloatBits(dt, (d.rng.Float64()*2-1)*scale))
			}
			args.Ins = append(args.Ins, flat(a))
		}
		if !s.check(t, k, args) {
			return
		}
		for _, in := range args.Ins {
			for i := range n {
				in.Set(i, in.At(i)&(sizeMask(dt)>>1)) // all positive, for log and pow
			}
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// composed is every one-argument function applied to the last one's result, the
// result kept in range by a product, with the two-argument ones joined in.
func (s *tester) composed(t T, dt kernels.DType) {
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{dt}}}
	k.Body = body(t, func(b *kernels.Builder) values {
		x := b.Load(0, dt)
		v, sum := x, x
		for _, f := range mathfn.All() {
			switch {
			case f.Result() != dt || len(f.Params) > 2:
			case len(f.Params) == 1:
				v = b.Call(f, b.FMA(v, b.Float(dt, 0.25), b.Abs(x)))
				sum = b.Add(sum, v)
			default:
				sum = b.Add(sum, b.Call(f, b.Abs(x), v))
			}
		}
		return values{sum, v}
	})
	for _, n := range []int{1, 7, 1000, 5003} {
		name := fmt.Sprintf("composed %s %d", dt, n)
		d := newData(name)
		args := &oracle.Args{
			Shape: []int{n},
			Ins:   []oracle.Operand{d.input(dt, tame, []int{n}, rowMajor)},
			Outs:  outputs(k, []int{n}, rowMajor),
		}
		// One NaN alone in the middle: a vector of mixed fast and slow lanes.
		args.Ins[0].Set(args.Ins[0].Offset+n/2, kernels.FloatBits(dt, math.NaN()))
		if !s.check(t, k, args) {
			return
		}
	}
}
