package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// lengths covers every remainder of every vector loop, the empty block and
// blocks around the sizes the interpreter uses; with -short, a few of them.
func lengths() []int {
	if testing.Short() {
		return []int{0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 257}
	}
	var ns []int
	for n := range 71 {
		ns = append(ns, n)
	}
	return append(ns, 255, 256, 257, 1000, 1023, 1024)
}

// eachLevel runs a test on every table the machine has.
func eachLevel(t *testing.T, f func(t *testing.T, table *Table)) {
	for l := range numLevels {
		t.Run(l.String(), func(t *testing.T) {
			table := TableFor(l)
			if table == nil {
				t.Skipf("this machine does not run %s", l)
			}
			f(t, table)
		})
	}
}

// guardByte fills the bytes around a buffer; guardBand is how many are checked.
const (
	guardByte = 0xa5
	guardBand = 64
)

// buffer is memory of exactly size bytes that ends at an inaccessible page
// (where the system has such a thing) and starts after a guard band.
type buffer struct {
	mem  []byte // the whole region, up to its end
	size int
}

func (b *buffer) resize(size int) {
	b.size = size
	for i := len(b.mem) - size - guardBand; i < len(b.mem); i++ {
		b.mem[i] = guardByte
	}
}

func (b *buffer) ptr() unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.mem)), len(b.mem)-b.size)
}

func (b *buffer) check(t *testing.T, what string) {
	t.Helper()
	end := len(b.mem) - b.size
	for i := end - guardBand; i < end; i++ {
		if b.mem[i] != guardByte {
			t.Fatalf("%s: byte %d before the block was written", what, end-i)
		}
	}
}

// blockSize is the bytes n elements of a type take in a block.
func blockSize(dt kernels.DType, n int) int {
	if dt == kernels.Bool {
		return (n + 7) / 8
	}
	return n * dt.Size()
}

func store(p unsafe.Pointer, dt kernels.DType, i int, bits uint64) {
	switch {
	case dt == kernels.Bool:
		b := (*byte)(unsafe.Add(p, i/8))
		*b = *b&^(1<<(i%8)) | byte(bits&1)<<(i%8)
	case dt.Size() == 4:
		*(*uint32)(unsafe.Add(p, i*4)) = uint32(bits)
	default:
		*(*uint64)(unsafe.Add(p, i*8)) = bits
	}
}

func load(p unsafe.Pointer, dt kernels.DType, i int) uint64 {
	switch {
	case dt == kernels.Bool:
		return uint64(*(*byte)(unsafe.Add(p, i/8)) >> (i % 8) & 1)
	case dt.Size() == 4:
		return uint64(*(*uint32)(unsafe.Add(p, i*4)))
	}
	return *(*uint64)(unsafe.Add(p, i*8))
}

// same compares bits; any NaN equals any other.
func same(dt kernels.DType, x, y uint64) bool {
	switch dt {
	case kernels.F32:
		f, g := math.Float32frombits(uint32(x)), math.Float32frombits(uint32(y))
		return x == y || f != f && g != g
	case kernels.F64:
		f, g := math.Float64frombits(x), math.Float64frombits(y)
		return x == y || f != f && g != g
	}
	return x == y
}

var specials32 = []uint32{
	0, 1 << 31, 1, 0x80000001, 0x7fffff, 0x807fffff, 0x800000, 0x80800000, // zeros, denormals, least normals
	0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7f800001, // max, Inf, NaN
	0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x3fc00000, 0x40200000, 0xc0200000, // 1, ½, 1.5, 2.5
	0x4effffff, 0x4f000000, 0xcf000000, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0xdf000000, 0x5f7fffff, 0x5f800000, // around 2³¹ … 2⁶⁴
	31, 32, 33, 63, 64, 65, 0x7fffffff, 0xffffffff, 0x4b000000, 0x4b000001, 0x4affffff, // counts, integers' ends, 2²³
}

var specials64 = []uint64{
	0, 1 << 63, 1, 1<<63 | 1, 1<<52 - 1, 1<<63 | (1<<52 - 1), 1 << 52, 1<<63 | 1<<52,
	0x7fefffffffffffff, 0xffefffffffffffff, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000001, 0x7ff0000000000001,
	0x3ff0000000000000, 0xbff0000000000000, 0x3fe0000000000000, 0xbfe0000000000000, 0x3ff8000000000000, 0x4004000000000000, 0xc004000000000000,
	0x41dfffffffc00000, 0x41dfffffffe00000, 0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000200000, 0x41efffffffe00000, 0x41f0000000000000,
	0x43dfffffffffffff, 0x43e0000000000000, 0xc3e0000000000000, 0x43efffffffffffff, 0x43f0000000000000,
	0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000, 0x36a0000000000000, 0x3690000000000000, 0x3690000000000001, // around float32's ends
	31, 32, 33, 63, 64, 65, 0x7fffffff, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0xffffffffffffffff,
	0x4330000000000000, 0x4330000000000001, 0x432fffffffffffff,
}

// sample draws the bits of a scalar: a special value, random bits or a number
// of ordinary size.
func sample(r *rand.Rand, dt kernels.DType) uint64 {
	kind := r.IntN(4)
	switch dt {
	case kernels.Bool:
		return r.Uint64() & 1
	case kernels.F32:
		if kind == 0 {
			return uint64(math.Float32bits(float32(r.NormFloat64() * 100)))
		}
	case kernels.F64:
		if kind == 0 {
			return math.Float64bits(r.NormFloat64() * 100)
		}
	}
	switch {
	case kind == 1 && dt.Size() == 4:
		return uint64(specials32[r.IntN(len(specials32))])
	case kind == 1:
		return specials64[r.IntN(len(specials64))]
	case kind == 0: // small integers, so that equal values and shift counts occur
		return r.Uint64() % 40
	case dt.Size() == 4:
		return uint64(r.Uint32())
	}
	return r.Uint64()
}

// entry is one elementwise kernel of the tables and the instruction it computes.
type entry struct {
	name   string
	inst   kernels.Inst
	args   []kernels.DType
	scalar int // number of the argument given as a scalar, or −1
	// call runs the kernel; nil if the table has none.
	call func(table *Table) func(dst unsafe.Pointer, args []unsafe.Pointer, n int)
}

// trial holds the buffers in which entries are tried.
type trial struct {
	rand *rand.Rand
	dst  *buffer
	args [3]*buffer
}

func newTrial(t *testing.T) *trial {
	tr := &trial{rand: rand.New(rand.NewPCG(1, 2)), dst: newBuffer(t, 8*1100)}
	for i := range tr.args {
		tr.args[i] = newBuffer(t, 8*1100)
	}
	return tr
}

// fill draws n values for every argument of the entry.
func (tr *trial) fill(e *entry, n int) (ptrs []unsafe.Pointer) {
	for i, dt := range e.args {
		count := n
		if i == e.scalar {
			count = 1
		}
		b := tr.args[i]
		b.resize(blockSize(dt, count))
		for k := range count {
			store(b.ptr(), dt, k, sample(tr.rand, dt))
		}
		if dt == kernels.Bool && count%8 != 0 { // the bits above n are zero
			*(*byte)(unsafe.Add(b.ptr(), count/8)) &= byte(1<<(count%8)) - 1
		}
		ptrs = append(ptrs, b.ptr())
	}
	return ptrs
}

// expect computes the n results with kernels.Apply.
func (e *entry) expect(ptrs []unsafe.Pointer, n int) []uint64 {
	want := make([]uint64, n)
	args := make([]uint64, len(e.args))
	for i := range want {
		for k, dt := range e.args {
			at := i
			if k == e.scalar {
				at = 0
			}
			args[k] = load(ptrs[k], dt, at)
		}
		want[i] = kernels.Apply(&e.inst, e.args[0], args)
	}
	return want
}

// check compares the n results at p with the wanted ones.
func (e *entry) check(t *testing.T, p unsafe.Pointer, want []uint64, how string) {
	t.Helper()
	dt := e.inst.Type
	for i, w := range want {
		if got := load(p, dt, i); !same(dt, got, w) {
			t.Fatalf("%s, n=%d, %s: element %d is %#x (%s), want %#x (%s)", e.name, len(want), how, i,
				got, kernels.FormatBits(dt, got), w, kernels.FormatBits(dt, w))
		}
	}
	if dt == kernels.Bool && len(want)%8 != 0 {
		if last := *(*byte)(unsafe.Add(p, len(want)/8)); last>>(len(want)%8) != 0 {
			t.Fatalf("%s, n=%d, %s: bits above n are set: %#x", e.name, len(want), how, last)
		}
	}
}

// try runs one entry at one length: into a block of its own, then in place of
// every argument that dst may alias.
func (tr *trial) try(t *testing.T, e *entry, call func(unsafe.Pointer, []unsafe.Pointer, int), n int) {
	t.Helper()
	ptrs := tr.fill(e, n)
	want := e.expect(ptrs, n)
	tr.dst.resize(blockSize(e.inst.Type, n))
	call(tr.dst.ptr(), ptrs, n)
	e.check(t, tr.dst.ptr(), want, "separate dst")
	tr.dst.check(t, e.name)
	for i, dt := range e.args {
		if i == e.scalar || dt == kernels.Bool != (e.inst.Type == kernels.Bool) || dt.Size() < e.inst.Type.Size() {
			continue
		}
		ptrs := tr.fill(e, n)
		want := e.expect(ptrs, n)
		call(ptrs[i], ptrs, n)
		e.check(t, ptrs[i], want, fmt.Sprintf("dst = argument %d", i))
		tr.args[i].check(t, e.name)
	}
}
