package plan

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Binding is what one expression brings to the plan it shares with others.
type Binding struct {
	Sources []any    // expr.Node.Data, each once, in the order of the plan
	Scalars []uint64 // bits of each distinct constant
	Starts  []int    // each distinct position at which a part of a random array or Arange starts
	types   []kernels.DType
}

// Options change what is planned.
type Options struct {
	Exact bool // no algebra
	// Precision is what the products of contractions may be computed with.
	Precision kernels.Precision
	// MaxStored bounds the memory, in bytes, of values that are kept only to save
	// work; 0 means MaxStored.
	MaxStored int
	// Strides place the elements of the result in the output; nil means row-major
	// order. Where the first element goes is said at launch.
	Strides []int
}

// Bound is an expression's key and binding, until Free.
type Bound struct {
	// Key is the structure of the expression. It depends on nothing else, so
	// equal keys mean one plan.
	Key     []byte
	binding Binding
	// Small expressions, by far the most, are searched linearly for nodes
	// already met.
	few  []*expr.Node
	many map[*expr.Node]int
}

// fewNodes is how many nodes are searched linearly.
const fewNodes = 24

var bounds = sync.Pool{New: func() any { return new(Bound) }}

// Bind writes the structure of the expression as a key and finds what is not
// structure.
func Bind(root *expr.Node, o Options) *Bound {
	b := bounds.Get().(*Bound)
	b.Key = append(b.Key, flag(o.Exact), byte(o.Precision), byte(len(o.Strides)))
	b.Key = ints(b.Key, o.Strides)
	b.Key = binary.AppendVarint(b.Key, int64(o.MaxStored))
	b.visit(root)
	return b
}

// Binding is what the expression brings to its plan; it stays valid after Free.
func (b *Bound) Binding() Binding { return b.BindingIn(nil) }

// BindingIn is Binding, with its sources in room if that is enough.
func (b *Bound) BindingIn(room []any) Binding {
	return Binding{
		Sources: append(room[:0], b.binding.Sources...), Scalars: slices.Clone(b.binding.Scalars),
		Starts: slices.Clone(b.binding.Starts), types: slices.Clone(b.binding.types),
	}
}

// Free gives the memory back for another Bind.
func (b *Bound) Free() {
	clear(b.few)
	clear(b.binding.Sources)
	b.Key, b.few, b.many = b.Key[:0], b.few[:0], nil
	b.binding = Binding{
		Sources: b.binding.Sources[:0], Scalars: b.binding.Scalars[:0],
		Starts: b.binding.Starts[:0], types: b.binding.types[:0],
	}
	bounds.Put(b)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// visit writes the records of the nodes under n, arguments first, and returns
// n's number.
func (b *Bound) visit(n *expr.Node) int {
	if id, ok := b.find(n); ok {
		return id
	}
	var ids [3]int
	count := 0
	for _, a := range n.Args {
		if a == nil {
			break
		}
		ids[count] = b.visit(a)
		count++
	}
	b.Key = encode(b.Key, n, ids[:count], b.slot(n))
	return b.add(n)
}

func (b *Bound) find(n *expr.Node) (int, bool) {
	if b.many != nil {
		id, ok := b.many[n]
		return id, ok
	}
	i := slices.Index(b.few, n)
	return i, i >= 0
}

func (b *Bound) add(n *expr.Node) int {
	if b.many == nil && len(b.few) < fewNodes {
		b.few = append(b.few, n)
		return len(b.few) - 1
	}
	if b.many == nil {
		b.many = make(map[*expr.Node]int)
		for i, f := range b.few {
			b.many[f] = i
		}
	}
	id := len(b.many)
	b.many[n] = id
	return id
}

// slot is the number of a source or constant, or of the start of a part of a
// generated array, 0 for other nodes.
func (b *Bound) slot(n *expr.Node) int {
	switch {
	case n.Op == expr.Source:
		if i := slices.Index(b.binding.Sources, n.Data); i >= 0 {
			return i
		}
		b.binding.Sources = append(b.binding.Sources, n.Data)
		return len(b.binding.Sources) - 1
	case n.Op == expr.Const:
		if i := b.binding.scalar(n.Type, n.Bits); i >= 0 {
			return i
		}
		b.binding.Scalars = append(b.binding.Scalars, n.Bits)
		b.binding.types = append(b.binding.types, n.Type)
		return len(b.binding.Scalars) - 1
	case isPart(n):
		if i := slices.Index(b.binding.Starts, n.Layout.Offset); i >= 0 {
			return i
		}
		b.binding.Starts = append(b.binding.Starts, n.Layout.Offset)
		return len(b.binding.Starts) - 1
	}
	return 0
}

// isPart reports whether the node is a part of a random array or Arange.
func isPart(n *expr.Node) bool {
	return (n.Op == expr.Arange || n.Op.IsRandom()) && n.Layout.Strides != nil
}

// scalar is the number of a constant, −1 if it is none of the binding's.
func (b *Binding) scalar(t kernels.DType, bits uint64) int {
	for i, s := range b.Scalars {
		if s == bits && b.types[i] == t {
			return i
		}
	}
	return -1
}

// encode appends everything that tells a node from others: its operation and
// type, the numbers of its arguments, its shape and its attributes.
func encode(key []byte, n *expr.Node, args []int, slot int) []byte {
	key = append(key, byte(n.Op), byte(n.Type), byte(len(args)), byte(len(n.Shape)))
	key = ints(key, args)
	key = ints(key, n.Shape)
	switch {
	case n.Op == expr.Const:
		key = binary.AppendUvarint(key, uint64(slot))
	case n.Op == expr.Source:
		key = binary.AppendUvarint(key, uint64(slot))
		key = binary.AppendVarint(key, int64(n.Layout.Offset))
		key = ints(key, n.Layout.Strides)
	case n.Op == expr.Arange || n.Op.IsRandom():
		key = encodeGenerated(key, n, slot)
	case n.Op == expr.Take || n.Op == expr.Concat || n.Op == expr.Top || n.Op.IsScan():
		key = append(key, byte(n.Axis))
	case n.Op == expr.Contract:
		key = binary.AppendUvarint(append(key, byte(n.Step.Term)), math.Float64bits(n.Step.Power))
	case n.Op == expr.State:
		key = append(key, byte(n.Number))
	case n.Op == expr.Iterate || n.Op == expr.Sobol:
		key = append(key, byte(n.Number))
		key = binary.AppendUvarint(key, uint64(n.Loop.Steps))
	case n.Op.IsReduction():
		key = append(key, byte(len(n.Reduce.Axes)), byte(n.Reduce.Order), flag(n.Reduce.Cross))
		key = ints(key, n.Reduce.Axes)
	case n.Op.IsView():
		key = encodeView(key, n.View)
	}
	return key
}

func encodeGenerated(key []byte, n *expr.Node, slot int) []byte {
	key = append(key, flag(n.Draw != nil))
	if n.Draw != nil {
		key = binary.AppendUvarint(key, uint64(n.Draw.Word))
		key = binary.AppendUvarint(key, uint64(n.Draw.Sample.Words))
		key = append(key, flag(n.Draw.Sample.Loop != nil))
		if l := n.Draw.Sample.Loop; l != nil {
			key = binary.AppendUvarint(key, l.Stream)
		}
	}
	key = append(key, flag(n.Args[1] != nil && mathfn.IndexWords(n.Args[1].Bits) > 1), flag(isPart(n)))
	if isPart(n) {
		key = binary.AppendUvarint(key, uint64(slot))
		key = ints(key, n.Layout.Strides)
	}
	return key
}

func encodeView(key []byte, v *expr.View) []byte {
	key = append(key, byte(v.Op), byte(len(v.Shape)))
	key = ints(key, v.Shape)
	key = ints(key, v.Perm)
	key = ints(key, v.Starts)
	return ints(key, v.Steps)
}

func ints(key []byte, list []int) []byte {
	for _, x := range list {
		key = binary.AppendVarint(key, int64(x))
	}
	return key
}
