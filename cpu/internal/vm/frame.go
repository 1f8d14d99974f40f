package vm

import (
	"context"
	"slices"
	"sync"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Source is a flat array that OpGather reads.
type Source struct {
	Base unsafe.Pointer // element 0
	Len  int            // elements
}

// Frame is one worker's memory for running a Code. The zero Frame is ready to be
// bound; binding it again reuses its memory.
type Frame struct {
	// Missed is set when a gather's position lay beyond its source; the element
	// read as 0. The caller resets it.
	Missed bool
	// Context ends Loops early, whose states are then of no use. Nil never ends.
	Context context.Context

	code    *Code
	params  []uint64
	sources []Source
	at      []unsafe.Pointer // by place
	first   []uint64         // by leaf: SetRun
	philox  []philoxState
	memory  []byte // registers
	words   []uint64

	// Arguments of kernels by reference: on the stack they would escape.
	draws  [4]unsafe.Pointer
	args   [2]unsafe.Pointer
	affine struct{ first, stride uint64 }
}

// alignment of registers, in bytes: a cache line.
const alignment = 64

// Bind makes the frame ready to run the code with the given scalar arguments,
// and sources for Gathers. It is cheap if they are the same as before.
func (f *Frame) Bind(c *Code, params []uint64, sources []Source) {
	f.sources = append(f.sources[:0], sources...)
	if c.aligned.multiple > 0 { // the elements that are kept may be others now
		for i := range f.philox {
			f.philox[i].valid = false
		}
	}
	if f.code == c && slices.Equal(f.params, params) {
		return
	}
	if f.code != c {
		f.layOut(c)
	}
	f.params = append(f.params[:0], params...)
	for i, s := range c.scalars {
		f.words[i] = s.bits
		if s.param >= 0 {
			f.words[i] = params[s.param]
		}
	}
	f.exec(c.once, 1)
	f.exec(c.splats, c.Block)
}

// layOut places the code's registers, scalars and staged leaves in memory.
func (f *Frame) layOut(c *Code) {
	f.code = c
	f.at = slices.Grow(f.at[:0], c.places)[:c.places]
	f.first = slices.Grow(f.first[:0], c.leaves)[:c.leaves]
	f.philox = slices.Grow(f.philox[:0], c.philoxes)[:c.philoxes]
	clear(f.philox)
	clear(f.at)
	// Kernels hold pointers into words, so it must not move under them: a new
	// code gets new words rather than grown ones.
	if len(f.words) < len(c.scalars) {
		f.words = make([]uint64, len(c.scalars))
	}
	for i, s := range c.scalars {
		f.at[s.at] = unsafe.Pointer(&f.words[i])
	}
	bytes := alignment
	for _, r := range c.registers {
		bytes += c.registerBytes(r.bits)
	}
	bytes += c.stagedLeaves() * c.registerBytes(64)
	if len(f.memory) < bytes {
		f.memory = make([]byte, bytes)
	}
	p := unsafe.Pointer(unsafe.SliceData(f.memory))
	p = unsafe.Add(p, int(-uintptr(p)%alignment))
	for _, r := range c.registers {
		f.at[r.at] = p
		p = unsafe.Add(p, c.registerBytes(r.bits))
	}
	for leaf := range c.leaves {
		if c.staged(leaf) {
			f.at[leaf] = p
			p = unsafe.Add(p, c.registerBytes(64))
		}
	}
}

// registerBytes is the memory of a register: a block of elements of the given
// width, and a cache line so that registers do not all fall on the same sets.
func (c *Code) registerBytes(bits int) int {
	return (c.Block*bits/8+alignment-1)/alignment*alignment + alignment
}

// staged reports whether the frame has memory for a leaf.
func (c *Code) staged(leaf int) bool { return leaf >= 64 || Has(c.key.Staged, leaf) }

func (c *Code) stagedLeaves() int {
	n := 0
	for leaf := range c.leaves {
		if c.staged(leaf) {
			n++
		}
	}
	return n
}

// Forget lets go of the memory that leaves and results lay in, so that the frame
// does not keep it alive until it is used again.
func (f *Frame) Forget() {
	if f.code == nil {
		return
	}
	for leaf := range f.code.leaves {
		if !f.code.staged(leaf) {
			f.at[leaf] = nil
		}
	}
	clear(f.at[f.code.leaves : f.code.leaves+len(f.code.results)])
	f.Context = nil
	clear(f.sources)
	clear(f.draws[:])
	clear(f.args[:])
}

// SetLeaf says where a leaf's values are: a block of them, or one if uniform.
func (f *Frame) SetLeaf(leaf int, p unsafe.Pointer) { f.at[leaf] = p }

// SetRun gives the first value of an index leaf that counts up by one.
func (f *Frame) SetRun(leaf int, first uint64) { f.first[leaf] = first }

// Stage is the frame's own memory for the block of a staged leaf.
func (f *Frame) Stage(leaf int) unsafe.Pointer { return f.at[leaf] }

// SetOut says where a direct result goes.
func (f *Frame) SetOut(result int, p unsafe.Pointer) { f.at[f.code.leaves+result] = p }

// Result is where a result's block is after Run.
func (f *Frame) Result(result int) unsafe.Pointer { return f.at[f.code.results[result]] }

// Run evaluates the code on n elements, at most its Block.
func (f *Frame) Run(n int) {
	if len(f.code.head) > 0 {
		f.exec(f.code.head, 1)
	}
	f.exec(f.code.body, n)
}

// exec makes the calls, on n elements each.
func (f *Frame) exec(list []inst, n int) {
	at := f.at
	for i := range list {
		in := &list[i]
		switch in.form {
		case form1, formFill:
			in.fn1(at[in.dst], at[in.a], n)
		case form2:
			in.fn2(at[in.dst], at[in.a], at[in.b], n)
		case form3:
			in.fn3(at[in.dst], at[in.a], at[in.b], at[in.c], n)
		case formSelect:
			in.sel(at[in.dst], at[in.a], at[in.b], at[in.c], n)
		default:
			f.execRare(in, n)
		}
	}
}

func (f *Frame) execRare(in *inst, n int) {
	dst, a := f.at[in.dst], f.at[in.a]
	switch in.form {
	case formCopy:
		bytes := n * int(in.size)
		copy(unsafe.Slice((*byte)(dst), bytes), unsafe.Slice((*byte)(a), bytes))
	case formStream:
		f.code.table.Stream(dst, a, n*int(in.size))
	case formFillBool:
		fillBool(unsafe.Slice((*byte)(dst), (n+7)/8), *(*byte)(a)&1 == 1, n)
	case formIota:
		f.fillIndex(dst, f.first[in.a], 1, n)
	case formGather:
		f.gather(in, dst, a, n)
	case formLookup:
		lookup(in, dst, a, n)
	case formPhilox:
		f.philoxRun(in, n)
	case formPhiloxAny:
		f.philoxAny(in, n)
	case formLoop:
		f.loop(in.rare.loop, n)
	}
}

// counting is 0, 1, 2, …
var counting = sync.OnceValue(func() *[longest]uint64 {
	c := new([longest]uint64)
	for i := range c {
		c[i] = uint64(i)
	}
	return c
})

// StageIndex stages n values of an index leaf: first, first+stride, ….
func (f *Frame) StageIndex(leaf int, first uint64, stride, n int) {
	f.fillIndex(f.at[leaf], first, uint64(stride), n)
}

func (f *Frame) fillIndex(dst unsafe.Pointer, first, stride uint64, n int) {
	from, binary := unsafe.Pointer(counting()), &f.code.table.Binary[simd.VS]
	f.affine.first, f.affine.stride = first, stride
	if stride != 1 {
		binary[kernels.OpMul][kernels.U64](dst, from, unsafe.Pointer(&f.affine.stride), n)
		from = dst
	}
	binary[kernels.OpAdd][kernels.U64](dst, from, unsafe.Pointer(&f.affine.first), n)
}

func fillBool(dst []byte, value bool, n int) {
	if !value {
		clear(dst)
		return
	}
	for i := range dst {
		dst[i] = 0xff
	}
	if n%8 != 0 {
		dst[len(dst)-1] = 0xff >> (8 - n%8)
	}
}

// gather reads elements at computed positions.
func (f *Frame) gather(in *inst, dst, a unsafe.Pointer, n int) {
	src := f.sources[in.rare.source]
	var missed bool
	switch {
	case in.size == 4 && in.rare.wide:
		missed = gather[uint32, uint64](dst, src, a, n)
	case in.size == 4:
		missed = gather[uint32, uint32](dst, src, a, n)
	case in.rare.wide:
		missed = gather[uint64, uint64](dst, src, a, n)
	default:
		missed = gather[uint64, uint32](dst, src, a, n)
	}
	f.Missed = f.Missed || missed
}

// gather reads elements T at positions P. In assembly it would take as long: a store a cycle,
// and the lines of the L2 cache.
func gather[T, P uint32 | uint64](dst unsafe.Pointer, from Source, at unsafe.Pointer, n int) (missed bool) {
	d, src := unsafe.Slice((*T)(dst), n), unsafe.Slice((*T)(from.Base), from.Len)
	for i, k := range unsafe.Slice((*P)(at), n) {
		if uint64(k) < uint64(len(src)) {
			d[i] = src[k]
		} else {
			d[i], missed = 0, true
		}
	}
	return missed
}

// lookup reads entries of a constant table.
func lookup(in *inst, dst, a unsafe.Pointer, n int) {
	table := in.rare.table
	for i := range n {
		var k uint64
		if in.rare.wide {
			k = *(*uint64)(unsafe.Add(a, 8*i))
		} else {
			k = uint64(*(*uint32)(unsafe.Add(a, 4*i)))
		}
		var bits uint64
		if k < uint64(len(table.Bits)) {
			bits = table.Bits[k]
		}
		store(dst, i, table.Type, bits)
	}
}

// store writes element i of a block.
func store(dst unsafe.Pointer, i int, t kernels.DType, bits uint64) {
	if t.Size() == 4 {
		*(*uint32)(unsafe.Add(dst, 4*i)) = uint32(bits)
	} else {
		*(*uint64)(unsafe.Add(dst, 8*i)) = bits
	}
}
