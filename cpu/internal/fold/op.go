package fold

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Op is one accumulator with its kernels.
type Op struct {
	kernels.Acc
	Size     int                                     // bytes of a value
	Identity uint64                                  // bits
	Fill     simd.Fn1                                // copies of one value
	Rows     func(acc, src unsafe.Pointer, rows int) // nil for ArgMin and ArgMax
	Strided  func(acc, src unsafe.Pointer, n, rows, stride int)
	Lanes    func(acc unsafe.Pointer)
	// RowsMul and StridedMul accumulate products; nil unless Combine is add.
	RowsMul    func(acc, a, b unsafe.Pointer, rows int)
	StridedMul func(acc, a, b unsafe.Pointer, n, rows, stride int)
	// Block and BlockMul sum a whole block; nil unless Combine is add and the level
	// has them.
	Block    func(dst, src unsafe.Pointer, n int)
	BlockMul func(dst, a, b unsafe.Pointer, n int)
	Arg      func(src unsafe.Pointer, n int) int // ArgMin, ArgMax: position of the best
	identity *uint64
}

// NewOp finds the kernels of an accumulator.
func NewOp(t *simd.Table, a kernels.Acc) Op {
	identity := a.Combine.Identity(a.Type)
	op := Op{Acc: a, Size: a.Type.Size(), Identity: identity, Fill: t.Fill[a.Type.Size()], identity: &identity}
	switch a.Combine {
	case kernels.CombineArgMin:
		op.Arg = t.ArgMin[a.Type]
	case kernels.CombineArgMax:
		op.Arg = t.ArgMax[a.Type]
	default:
		op.Rows = t.AccumRows[a.Combine][a.Type]
		op.Strided = t.AccumStrided[a.Combine][a.Type]
		op.Lanes = t.FoldLanes[a.Combine][a.Type]
	}
	if a.Combine == kernels.CombineAdd {
		op.RowsMul, op.StridedMul = t.AccumRowsMul[a.Type], t.AccumStridedMul[a.Type]
		op.Block, op.BlockMul = t.SumBlock[a.Type], t.SumBlockMul[a.Type]
	}
	return op
}

// values are where the values of an accumulator lie: at a or, if b is not nil,
// they are the products of those at a and at b.
type values struct{ a, b unsafe.Pointer }

// from is the values from number i on.
func (v values) from(i, size int) values {
	v.a = unsafe.Add(v.a, i*size)
	if v.b != nil {
		v.b = unsafe.Add(v.b, i*size)
	}
	return v
}

// addRows accumulates whole rows of 256 values.
func (op *Op) addRows(acc unsafe.Pointer, v values, rows int) {
	if v.b != nil {
		op.RowsMul(acc, v.a, v.b, rows)
		return
	}
	op.Rows(acc, v.a, rows)
}

// addStrided accumulates rows of n values, stride apart.
func (op *Op) addStrided(acc unsafe.Pointer, v values, n, rows, stride int) {
	if v.b != nil {
		op.StridedMul(acc, v.a, v.b, n, rows, stride)
		return
	}
	op.Strided(acc, v.a, n, rows, stride)
}

// Clear makes n identities of dst.
func (op *Op) Clear(dst unsafe.Pointer, n int) { op.Fill(dst, unsafe.Pointer(op.identity), n) }

// Nothing is the result of combining no values.
func (op *Op) Nothing() kernels.Partial {
	return kernels.Partial{Bits: op.Identity, Index: kernels.NoIndex}
}

// Best is the best of n values, the first of which is at the given position, and
// of what was best before.
func (op *Op) Best(before kernels.Partial, src unsafe.Pointer, n int, first int64) kernels.Partial {
	i := op.Arg(src, n)
	p := kernels.Partial{Bits: Load(src, i, op.Size), Index: first + int64(i)}
	return op.Combine.Apply(op.Type, before, p)
}

// Merge combines n values and positions, of an ArgMin or ArgMax, with others.
func (op *Op) Merge(values, positions, otherValues, otherPositions unsafe.Pointer, n int) {
	for i := range n {
		a := kernels.Partial{Bits: Load(values, i, op.Size), Index: int64(Load(positions, i, 8))}
		b := kernels.Partial{Bits: Load(otherValues, i, op.Size), Index: int64(Load(otherPositions, i, 8))}
		p := op.Combine.Apply(op.Type, a, b)
		Store(values, i, op.Size, p.Bits)
		Store(positions, i, 8, uint64(p.Index))
	}
}

// Load is element i of an array of the given element size.
func Load(p unsafe.Pointer, i, size int) uint64 {
	if size == 4 {
		return uint64(*(*uint32)(unsafe.Add(p, 4*i)))
	}
	return *(*uint64)(unsafe.Add(p, 8*i))
}

// Store sets element i of an array of the given element size.
func Store(p unsafe.Pointer, i, size int, bits uint64) {
	if size == 4 {
		*(*uint32)(unsafe.Add(p, 4*i)) = uint32(bits)
	} else {
		*(*uint64)(unsafe.Add(p, 8*i)) = bits
	}
}
