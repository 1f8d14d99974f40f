package oracle

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// run is one evaluation of a kernel. The first access outside of an array is
// kept in err; the evaluation goes on with zeros.
type run struct {
	args  *Args
	batch []int // of a Contract, under way
	err   error
}

func (r *run) fail(format string, a ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, a...)
	}
}

// point is what a Body's leaves refer to at one place.
type point struct {
	index []int             // in the axes of Shape
	step  [2]uint64         // OpArg: a and b of a Step
	accs  []kernels.Partial // OpAcc, OpAccIndex
}

// eval is the Body's results at a point.
func (r *run) eval(body *kernels.Body, p point) []uint64 {
	leaf := func(in *kernels.Inst) uint64 {
		switch in.Op {
		case kernels.OpLoad:
			return r.load(int(in.Imm), p.index)
		case kernels.OpParam:
			return r.args.Params[in.Imm]
		case kernels.OpIndex:
			l := r.args.Indices[in.Imm]
			return uint64(position(l.Offset, l.Strides, p.index))
		case kernels.OpArg:
			return p.step[in.Imm]
		case kernels.OpAcc:
			return p.accs[in.Imm].Bits
		case kernels.OpAccIndex:
			return uint64(p.accs[in.Imm].Index)
		}
		return 0
	}
	return body.Eval(leaf, r.gather)
}

// position is offset + Σ index·strides.
func position(offset int, strides, index []int) int {
	for axis, i := range index {
		offset += i * strides[axis]
	}
	return offset
}

func (r *run) load(slot int, index []int) uint64 {
	in := &r.args.Ins[slot]
	if len(in.Strides) != len(index) {
		r.fail("input %d: %d strides given, expected %d", slot, len(in.Strides), len(index))
		return 0
	}
	at := position(in.Offset, in.Strides, index)
	if at < 0 || at >= in.Len() {
		r.fail("input %d: element %d at index %v, of %d elements", slot, at, index, in.Len())
		return 0
	}
	return in.At(at)
}

func (r *run) gather(in *kernels.Inst, i uint64) uint64 {
	src := &r.args.Ins[in.Imm]
	if src.Offset < 0 || src.Offset > src.Len() || i >= uint64(src.Len()-src.Offset) {
		r.fail("input %d: gather of element %d from offset %d, of %d elements", in.Imm, i, src.Offset, src.Len())
		return 0
	}
	return src.At(src.Offset + int(i))
}

// store writes one result to each output at an index of the outputs' axes.
func (r *run) store(index []int, results []uint64) {
	for o := range results {
		out := &r.args.Outs[o]
		at := position(out.Offset, out.Strides, index)
		if at < 0 || at >= out.Len() {
			r.fail("output %d: element %d at index %v, of %d elements", o, at, index, out.Len())
			return
		}
		out.Set(at, results[o])
	}
}

// forEach calls f for every index of a shape in row-major order, and once for
// the empty shape. f must not keep index.
func forEach(shape []int, f func(index []int)) {
	index := make([]int, len(shape))
	var walk func(axis int)
	walk = func(axis int) {
		if axis == len(shape) {
			f(index)
			return
		}
		for i := range shape[axis] {
			index[axis] = i
			walk(axis + 1)
		}
	}
	walk(0)
}
