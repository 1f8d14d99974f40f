package oracle

import (
	"encoding/binary"
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// Array is a flat array in host memory, little-endian.
type Array struct {
	Type  kernels.DType
	Bytes []byte
}

// NewArray returns an array of n zeros.
func NewArray(t kernels.DType, n int) Array {
	return Array{Type: t, Bytes: make([]byte, n*t.Size())}
}

// FromBits returns an array of the elements whose bits are given.
func FromBits(t kernels.DType, bits ...uint64) Array {
	a := NewArray(t, len(bits))
	for i, b := range bits {
		a.Set(i, b)
	}
	return a
}

// FromFloats returns an array of floating-point type t of the values, rounded
// to it.
func FromFloats(t kernels.DType, values ...float64) Array {
	a := NewArray(t, len(values))
	for i, v := range values {
		a.Set(i, kernels.FloatBits(t, v))
	}
	return a
}

// Len is the number of elements.
func (a Array) Len() int {
	if a.Type.Size() == 0 {
		return 0
	}
	return len(a.Bytes) / a.Type.Size()
}

// At returns the bits of element i.
func (a Array) At(i int) uint64 {
	if a.Type.Size() == 4 {
		return uint64(binary.LittleEndian.Uint32(a.Bytes[4*i:]))
	}
	return binary.LittleEndian.Uint64(a.Bytes[8*i:])
}

// Set stores the bits of element i.
func (a Array) Set(i int, bits uint64) {
	if a.Type.Size() == 4 {
		binary.LittleEndian.PutUint32(a.Bytes[4*i:], uint32(bits))
		return
	}
	binary.LittleEndian.PutUint64(a.Bytes[8*i:], bits)
}

// Operand is an array seen through strides: the element at index (i0, i1, …) is
// number Offset + Σ i·Strides.
type Operand struct {
	Array
	Offset  int
	Strides []int
}

// Args are the launch arguments of a kernel.
//
//   - Map: Shape is the index space; inputs and outputs have its strides.
//   - Reduce: Shape is the kept axes followed by the Reduced reduced axes.
//     Outputs have strides over the kept axes only.
//   - Scan: the last axis of Shape is the one along which it works. The output
//     has strides over the others and along its own elements there.
//   - Contract: Shape is the batch axes followed by m, n, k. Outputs have
//     strides over batch, m and n (with Fold: batch and m, with Fold.Top: batch, m
//     and the values that are kept).
//
// Of an index layout only Strides and Offset are used.
type Args struct {
	Shape   []int
	Reduced int
	Ins     []Operand
	Outs    []Operand
	Indices []kernels.Layout
	Params  []uint64
}

// check compares the arguments with what the kernel expects; outRank is the
// number of axes over which outputs have strides.
func (args *Args) check(k kernels.Kernel, outRank int) error {
	sig, outs := k.Inputs(), k.Outs()
	if _, err := kernels.Size(args.Shape); err != nil {
		return err
	}
	if len(args.Ins) != len(sig.Ins) || len(args.Outs) != len(outs) ||
		len(args.Params) != len(sig.Params) || len(args.Indices) != sig.Indices {
		return fmt.Errorf("%d inputs, %d outputs, %d params and %d index layouts given, expected %d, %d, %d and %d",
			len(args.Ins), len(args.Outs), len(args.Params), len(args.Indices),
			len(sig.Ins), len(outs), len(sig.Params), sig.Indices)
	}
	for i, in := range args.Ins {
		if in.Type != sig.Ins[i] {
			return fmt.Errorf("input %d: type %s given, expected %s", i, in.Type, sig.Ins[i])
		}
	}
	for i, out := range args.Outs {
		if out.Type != outs[i] {
			return fmt.Errorf("output %d: type %s given, expected %s", i, out.Type, outs[i])
		}
		if len(out.Strides) != outRank {
			return fmt.Errorf("output %d: %d strides given, expected %d", i, len(out.Strides), outRank)
		}
	}
	for i, l := range args.Indices {
		if len(l.Strides) != len(args.Shape) {
			return fmt.Errorf("index layout %d: %d strides given, expected %d", i, len(l.Strides), len(args.Shape))
		}
	}
	return nil
}
