package panel

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Blocks is a reduction as the reduction of the results of blocks. The values are
// taken in row-major order of the reduced axes.
type Blocks struct {
	Span int        // values of a block
	Head *expr.Node // the results of the full blocks: kept axes, blocks
	Tail *expr.Node // the results of what is left, the same with one block; nil if nothing is
	// The results, in order, are reduced by Op in the order Order. For ArgMin and
	// ArgMax, Head and Tail are the smallest or largest values: Op of these is the
	// number of the block in which the position is.
	Op    expr.Op
	Order kernels.Order

	flat *expr.Node // the argument: kept axes, values
}

// blockSpan is the number of values of a block: one block of the Tree order, two
// levels of the Strided order.
const blockSpan = kernels.TreeBlock

// fewPositions is the most positions that an ArgMin or ArgMax may give to be cut:
// each takes another look at one block.
const fewPositions = 64

// BlocksOf cuts a reduction; ok is false if it is none, has but one block, or gives
// many positions.
func BlocksOf(n *expr.Node, source Source) (b *Blocks, ok bool) {
	position := n.Op == expr.ArgMin || n.Op == expr.ArgMax
	switch {
	case !n.Op.IsReduction() || n.Op == expr.Moments || position && n.Size() > fewPositions:
		return nil, false
	case len(n.Shape)+2 > expr.MaxAxes: // kept axes, blocks, values
		return nil, false
	}
	x := n.Args[0]
	values := x.Size() / n.Size()
	b = &Blocks{Span: blockSpan, Op: n.Op, Order: n.Reduce.Order}
	if n.Op != expr.Sum {
		b.Span = anySpan(n, values)
	}
	count := values / b.Span
	rest := values - count*b.Span
	if count == 0 || count == 1 && rest == 0 {
		return nil, false
	}
	b.flat = expr.ReshapeTo(expr.Transpose(x, keptThenReduced(n)), append(slices.Clone(n.Shape), values))
	b.Head = b.reduce(n, source, 0, count, b.Span)
	if rest > 0 {
		b.Tail = b.reduce(n, source, count*b.Span, 1, rest)
	}
	return b, true
}

// reduce is the reduction of each of a number of blocks.
func (b *Blocks) reduce(n *expr.Node, source Source, start, blocks, span int) *expr.Node {
	op := n.Op
	switch op {
	case expr.ArgMin:
		op = expr.Min
	case expr.ArgMax:
		op = expr.Max
	}
	kept := len(n.Shape)
	values := (&expr.Parts{Source: source}).Along(b.flat, kept, start, blocks*span)
	shape := append(slices.Clone(n.Shape), blocks)
	r := &expr.Node{Op: op, Type: values.Type, Shape: shape, Reduce: &expr.Reduction{Axes: []int{kept + 1}, Order: b.Order}}
	r.Args[0] = expr.ReshapeTo(values, append(slices.Clone(shape), span))
	return r
}

// keptThenReduced orders the axes of a reduction's argument.
func keptThenReduced(n *expr.Node) []int {
	var kept []int
	for axis := range n.Args[0].Shape {
		if !slices.Contains(n.Reduce.Axes, axis) {
			kept = append(kept, axis)
		}
	}
	return append(kept, n.Reduce.Axes...)
}

// anySpan is the length of the blocks of a reduction for which any will do: if
// everything is reduced, rows of the array whose elements they are, as a
// contraction may fold its rows.
func anySpan(n *expr.Node, values int) int {
	x := n.Args[0]
	if x.Op == expr.Reshape {
		x = x.Args[0]
	}
	if last := len(x.Shape) - 1; n.Size() == 1 && last >= 0 && x.Shape[last] < values {
		row := x.Shape[last]
		if row >= kernels.TreeLanes {
			return row
		}
		return row * min(max(1, blockSpan/row), values/row)
	}
	return blockSpan
}

// Results is the shape of the results of all blocks.
func (b *Blocks) Results() []int {
	shape := slices.Clone(b.Head.Shape)
	if b.Tail != nil {
		shape[len(shape)-1]++
	}
	return shape
}

// Last reduces the results of the blocks, a source, to what the reduction n
// gives.
func (b *Blocks) Last(n, results *expr.Node) *expr.Node {
	out := &expr.Node{Op: b.Op, Type: n.Type, Shape: n.Shape, Reduce: &expr.Reduction{Axes: []int{len(n.Shape)}, Order: b.Order}}
	out.Args[0] = results
	return out
}

// Block is the expression of the position, within block i, of element number point
// of an ArgMin or ArgMax, and of where the block begins.
func (b *Blocks) Block(n *expr.Node, point, i int, source Source) (position *expr.Node, start int) {
	axis := len(n.Shape)
	spans := make([]expr.Span, axis+1)
	for k := axis - 1; k >= 0; k-- {
		spans[k] = expr.Span{Start: point % n.Shape[k], Step: 1, Count: 1}
		point /= n.Shape[k]
	}
	start = i * b.Span
	spans[axis] = expr.Span{Start: start, Step: 1, Count: min(b.Span, b.flat.Shape[axis]-start)}
	values := (&expr.Parts{Source: source}).Of(b.flat, spans)
	position = &expr.Node{Op: n.Op, Type: n.Type, Shape: values.Shape[:axis], Reduce: &expr.Reduction{Axes: []int{axis}, Order: b.Order}}
	position.Args[0] = values
	return position, start
}

// blocksOfRows is how many blocks along the axis of a Head make whole rows of the
// array under it: panels of so many have one structure, and none computes a part of
// a row that the next computes too. It is 1 for other nodes.
func blocksOfRows(n *expr.Node, axis int) int {
	if !n.Op.IsReduction() || n.Args[0].Op != expr.Reshape || axis != len(n.Shape)-1 || !slices.Equal(n.Reduce.Axes, []int{axis + 1}) {
		return 1
	}
	span := n.Args[0].Shape[axis+1]
	x := n.Args[0]
	for x.Op == expr.Reshape || x.Op == expr.Slice {
		x = x.Args[0]
	}
	row := 1
	for i, d := range x.Shape {
		if i > 0 {
			row *= d
		}
	}
	common := span
	for rest := row; rest > 0; {
		common, rest = rest, common%rest
	}
	return row / common
}

// SumsOf are the sums that a Moments node without kept axes gives.
func SumsOf(n *expr.Node) (sums []*expr.Node) {
	add := func(x *expr.Node) {
		s := &expr.Node{Op: expr.Sum, Type: kernels.F64, Shape: nil, Reduce: n.Reduce}
		s.Args[0] = x
		sums = append(sums, s)
	}
	x := expr.Items(n.Args[0])
	for i := range x {
		x[i] = expr.ConvertTo(x[i], kernels.F64)
		add(x[i])
	}
	for _, p := range expr.ProductsOf(n.Reduce.Cross, len(x)) {
		add(expr.Binary(expr.Mul, x[p[0]], x[p[1]]))
	}
	return sums
}

// inBlocks cuts a reduction.
func (s *search) inBlocks(n *expr.Node, budget, depth int) *Cut {
	cut := &Cut{Blocks: true}
	if n.Op == expr.Moments {
		if len(n.Shape) > 1 {
			return nil
		}
		for _, sum := range SumsOf(n) {
			cut.add(s.choose(sum, budget, depth+1), 0, 1)
		}
		return cut
	}
	b, ok := BlocksOf(n, s.model.Source)
	if !ok {
		return nil
	}
	held := b.Head.Type.Size()
	for _, d := range b.Results() {
		held *= d
	}
	cut.add(s.choose(b.Head, budget-held, depth+1), held, 1)
	if b.Tail != nil {
		cut.add(s.choose(b.Tail, budget-held, depth+1), held, 1)
	}
	if n.Type == kernels.I64 {
		position, _ := b.Block(n, 0, 0, s.model.Source)
		cut.add(s.choose(position, budget-held, depth+1), held, float64(n.Size()))
	}
	return cut
}
