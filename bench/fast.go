package bench

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops"
)

// The benchmark with products that need not be exact (Runner.Precision). A result that a device has then computed
// with less precision is compared with the exact one within a bound, and its error reported.

// looseFactor and looseTerms make a tolerance of a precision's unit: the bounds of kernels.Precision, relative to the
// result, for elements uniform in [0, 1). There the largest norms are some three times a distance.
const (
	looseFactor = 8
	looseTerms  = 16
)

// nearWithin compares elements with exact ones, relative to each, for sums of so many terms.
func nearWithin[T ops.Float](what string, got, want []T, p ops.Precision, terms int) error {
	tolerance := looseFactor*p.Unit() + looseTerms*float64(terms+2)*0x1p-22
	for i := range want {
		if err := near(fmt.Sprintf("%s, element %d", what, i), float64(got[i]), float64(want[i]), tolerance); err != nil {
			return err
		}
	}
	return nil
}

// longestAxis bounds the number of terms of an element's sum.
func longestAxis(operands []operand) int {
	n := 1
	for _, o := range operands {
		for _, d := range o.shape {
			n = max(n, d)
		}
	}
	return n
}

// fast makes a kernel one that allows a precision, where it is a product or distances of float32.
func fast(k kernels.Kernel, p kernels.Precision) kernels.Kernel {
	c, ok := k.(*kernels.Contract)
	if !ok {
		return k
	}
	if step, t := term.Match(c); t != kernels.F32 || step != term.FMA && step != term.SqDiff {
		return k
	}
	allowed := *c
	allowed.Precision = p
	return &allowed
}

// errorOfBound is the largest error of a contraction of two arrays, divided by its bound: of out, as a kernel with
// or without a root has it, of a shape (m, n, k).
func errorOfBound(k *kernels.Contract, args *oracle.Args, out []byte) float64 {
	m, n, depth := args.Shape[0], args.Shape[1], args.Shape[2]
	step, _ := term.Match(k)
	element := func(x *oracle.Operand, i, j, at int) float64 {
		bits := x.Array.At(x.Offset + i*x.Strides[0] + j*x.Strides[1] + at*x.Strides[2])
		return float64(math.Float32frombits(uint32(bits)))
	}
	worst := 0.0
	for i := range m {
		for j := range n {
			var exact, size, aa, bb float64
			for at := range depth {
				a, b := element(&args.Ins[0], i, j, at), element(&args.Ins[1], i, j, at)
				size, aa, bb = size+math.Abs(a*b), aa+a*a, bb+b*b
				if step == term.FMA {
					exact += a * b
				} else {
					exact += (a - b) * (a - b)
				}
			}
			o := &args.Outs[0]
			got := float64(math.Float32frombits(binary.LittleEndian.Uint32(out[4*(o.Offset+i*o.Strides[0]+j*o.Strides[1]):])))
			bound := k.Precision.ProductError(depth) * size
			if step == term.SqDiff { // a distance, whose square the bound is of
				got *= got
				bound = k.Precision.SqDistanceError(depth, math.Sqrt(exact), math.Sqrt(aa)+math.Sqrt(bb)) + 0x1p-22*exact
			}
			worst = max(worst, math.Abs(got-exact)/bound)
		}
	}
	return worst
}
