package contract

import (
	"slices"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/exec"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/cpu/internal/vm"
	"github.com/quern-go/quern/kernels"
)

// reach is how a segment gets at a leaf or result.
type reach uint8

const (
	reachUniform reach = iota // one element serves the segment
	reachDirect               // elements lie one after another
	reachStrided              // staged, or moved out of the frame
	reachIndex                // an index that is the same along the segment
	reachRun                  // an index that counts up by one
	reachSpread               // an index with another stride: staged
	reachAcc                  // given by the segment
	reachAccCopy              // given by the segment, and staged
)

// line is a program placed in a launch, to be run along an axis of the index
// space (inner) at positions of another (outer).
type line struct {
	prog    *vm.Program
	types   []kernels.DType // of the results
	code    *vm.Code
	table   *simd.Table
	leaves  []place
	outs    []place // none: results stay in the frame
	params  []uint64
	sources []vm.Source
	serial  int  // number of the placing, which tells frames to bind anew
	turned  bool // runs along the axis at whose positions it would, and the other way round
}

// place is where a leaf or result lies.
type place struct {
	reach        reach
	leaf         vm.Leaf
	base         unsafe.Pointer // at position 0, 0; of results, nil: the segment's dst
	first        uint64         // of an index, at position 0, 0
	size         int            // bytes of an element
	outer, inner int            // strides in elements
}

// axes is where a line lies: at a batch, along axis inner of the shape, at
// positions of axis outer; −1 is an axis along which nothing changes.
type axes struct {
	batch        []int
	outer, inner int
}

// stride is the stride along an axis.
func stride(strides []int, axis int) int {
	if axis < 0 {
		return 0
	}
	return strides[axis]
}

// offset is Σ batch·strides.
func (a *axes) offset(strides []int) (sum int) {
	for i, b := range a.batch {
		sum += b * strides[i]
	}
	return sum
}

// results says where a line's results go. Without arrays or dst they stay in the
// frame.
type results struct {
	arrays  []exec.Array // outputs
	dst     bool         // the one result goes to the memory that each segment names
	inPlace bool         // an output's memory may be exactly that of an accumulator
}

// forget lets go of the memory of the operands.
func (ln *line) forget() {
	for _, list := range [][]place{ln.leaves, ln.outs} {
		for i := range list {
			list[i].base = nil
		}
	}
	clear(ln.sources)
}

// put places the program in a launch.
func (ln *line) put(prog *vm.Program, table *simd.Table, args *exec.Args, at axes, to results) {
	if ln.prog != prog {
		ln.prog, ln.types = prog, prog.Results()
	}
	ln.table = table
	ln.serial++
	ln.params = append(ln.params[:0], args.Params...)
	ln.sources = ln.sources[:0]
	for _, slot := range prog.Gathers() {
		ln.sources = append(ln.sources, vm.Source{Base: args.Ins[slot].Base, Len: args.Ins[slot].Len})
	}
	key := vm.Key{InPlace: to.inPlace}
	leaves := prog.Leaves()
	ln.leaves = slices.Grow(ln.leaves[:0], len(leaves))[:len(leaves)]
	for i, leaf := range leaves {
		ln.leaves[i] = ln.leafAt(leaf, args, at, i < 64)
		ln.leaves[i].mark(&key, i)
	}
	ln.outs = ln.outs[:0]
	for r, out := range to.arrays {
		size := ln.types[r].Size()
		ln.outs = append(ln.outs, place{
			base: unsafe.Add(out.Base, at.offset(out.Strides)*size), size: size,
			outer: stride(out.Strides, at.outer), inner: stride(out.Strides, at.inner),
		})
	}
	if to.dst {
		ln.outs = append(ln.outs, place{size: ln.types[0].Size(), inner: 1})
	}
	for r := range ln.outs {
		ln.outs[r].reach = reachStrided
		if r < 64 && ln.outs[r].inner == 1 {
			ln.outs[r].reach = reachDirect
			key.Direct |= 1 << r
		}
	}
	ln.code = prog.Code(key)
}

// leafAt places a leaf; one beyond those that a Key has bits for is staged.
func (ln *line) leafAt(leaf vm.Leaf, args *exec.Args, at axes, keyed bool) place {
	p := place{leaf: leaf, size: leaf.Type.Size()}
	switch leaf.Op {
	case kernels.OpLoad:
		in := &args.Ins[leaf.Slot]
		p.base = unsafe.Add(in.Base, at.offset(in.Strides)*p.size)
		p.outer, p.inner = stride(in.Strides, at.outer), stride(in.Strides, at.inner)
		p.reach = choose(p.inner, keyed, reachUniform, reachDirect, reachStrided)
	case kernels.OpIndex:
		x := &args.Indices[leaf.Slot]
		p.first = uint64(x.Offset + at.offset(x.Strides))
		p.outer, p.inner = stride(x.Strides, at.outer), stride(x.Strides, at.inner)
		p.reach = choose(p.inner, keyed, reachIndex, reachRun, reachSpread)
	default:
		p.reach = choose(1, keyed, reachAcc, reachAcc, reachAccCopy)
	}
	return p
}

// choose is one of three reaches, by the stride.
func choose(stride int, keyed bool, zero, one, other reach) reach {
	switch {
	case keyed && stride == 0:
		return zero
	case keyed && stride == 1:
		return one
	}
	return other
}

// mark sets the leaf's bit in the key.
func (p *place) mark(key *vm.Key, leaf int) {
	bit := uint64(1) << leaf
	switch p.reach {
	case reachUniform, reachIndex:
		key.Uniform |= bit
	case reachRun:
		key.Runs |= bit
	case reachStrided, reachSpread:
		key.Staged |= bit
	}
}

// lineFrame is one worker's memory for a line.
type lineFrame struct {
	vm.Frame
	bound  *line
	serial int
	words  []uint64 // values of uniform indices
}

// segment is a piece of a line: n points from position from of the inner axis, at
// a position of the outer one. Pointers lead to the point number from.
type segment struct {
	outer, from, n int
	accs           []unsafe.Pointer // by accumulator: the values
	indices        []unsafe.Pointer // by accumulator: the positions, int64
	dst            unsafe.Pointer   // of the result, if no output was given
}

// bind makes the frame ready for the line.
func (f *lineFrame) bind(ln *line) {
	if f.bound == ln && f.serial == ln.serial {
		return
	}
	f.bound, f.serial = ln, ln.serial
	f.Bind(ln.code, ln.params, ln.sources)
	if len(f.words) < len(ln.leaves) {
		f.words = make([]uint64, len(ln.leaves))
	}
}

// run evaluates a segment and stores the results.
func (ln *line) run(f *lineFrame, seg *segment) {
	f.bind(ln)
	for skip := 0; skip < seg.n; skip += ln.code.Block {
		n := min(ln.code.Block, seg.n-skip)
		for r := range ln.outs {
			if ln.outs[r].reach == reachDirect {
				f.SetOut(r, ln.outs[r].at(seg, skip))
			}
		}
		ln.eval(f, seg, skip, n)
		for r := range ln.outs {
			if out := &ln.outs[r]; out.reach != reachDirect {
				scatter(out.at(seg, skip), out.inner, f.Result(r), n, out.size)
			}
		}
	}
}

// at is where point number skip of a segment lies.
func (p *place) at(seg *segment, skip int) unsafe.Pointer {
	if p.base == nil {
		return unsafe.Add(seg.dst, skip*p.size)
	}
	return unsafe.Add(p.base, (seg.outer*p.outer+(seg.from+skip)*p.inner)*p.size)
}

// eval evaluates n points of a segment, at most the code's Block, from number skip
// on.
func (ln *line) eval(f *lineFrame, seg *segment, skip, n int) {
	for i := range ln.leaves {
		p := &ln.leaves[i]
		switch p.reach {
		case reachUniform, reachDirect:
			f.SetLeaf(i, p.at(seg, skip))
		case reachStrided:
			ln.table.Gather[p.size](f.Stage(i), p.at(seg, skip), p.inner, n)
		case reachRun:
			f.SetRun(i, p.first+uint64(seg.outer*p.outer+seg.from+skip))
		case reachIndex:
			f.words[i] = p.first + uint64(seg.outer*p.outer)
			f.SetLeaf(i, unsafe.Pointer(&f.words[i]))
		case reachSpread:
			f.StageIndex(i, p.first+uint64(seg.outer*p.outer+(seg.from+skip)*p.inner), p.inner, n)
		case reachAcc:
			f.SetLeaf(i, p.given(seg, skip))
		case reachAccCopy:
			scatter(f.Stage(i), 1, p.given(seg, skip), n, p.size)
		}
	}
	f.Run(n)
}

// given is where the segment has the values of an accumulator.
func (p *place) given(seg *segment, skip int) unsafe.Pointer {
	if p.leaf.Op == kernels.OpAccIndex {
		return unsafe.Add(seg.indices[p.leaf.Slot], skip*p.size)
	}
	return unsafe.Add(seg.accs[p.leaf.Slot], skip*p.size)
}

// scatter writes n elements stride apart.
func scatter(dst unsafe.Pointer, stride int, src unsafe.Pointer, n, size int) {
	if size == 4 {
		for i, v := range unsafe.Slice((*uint32)(src), n) {
			*(*uint32)(unsafe.Add(dst, i*stride*4)) = v
		}
		return
	}
	for i, v := range unsafe.Slice((*uint64)(src), n) {
		*(*uint64)(unsafe.Add(dst, i*stride*8)) = v
	}
}
