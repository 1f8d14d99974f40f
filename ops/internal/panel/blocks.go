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

const (
	// blockSpan is the number of values of a block: one block of the Tree order, two
	// levels of the Strided order.
	blockSpan = kernels.TreeBlock
	// shortSpan is that of short blocks: one level of the Strided order.
	shortSpan = kernels.StridedSpan
	// blockShare is the part of the budget that the results of blocks, or the values
	// of one block, take at most, if there is a choice.
	blockShare = 8
	// fewPositions is the most positions for each of which the block in which it is
	// may be computed again.
	fewPositions = 64
)

// BlocksOf cuts a reduction that is evaluated within a budget; ok is false if it is
// none, or has but one block.
func BlocksOf(n *expr.Node, budget int, source Source) (b *Blocks, ok bool) {
	switch {
	case !n.Op.IsReduction() || n.Op == expr.Moments:
		return nil, false
	case len(n.Shape)+2 > expr.MaxAxes: // kept axes, blocks, values
		return nil, false
	}
	x := n.Args[0]
	values := x.Size() / n.Size()
	b = &Blocks{Span: span(n, values, budget), Op: n.Op, Order: n.Reduce.Order}
	count := values / b.Span
	rest := values - count*b.Span
	if count == 0 || count == 1 && rest == 0 {
		return nil, false
	}
	b.flat = expr.ReshapeTo(expr.Transpose(x, keptThenReduced(n)), append(slices.Clone(n.Shape), values))
	op := n.Op
	switch op {
	case expr.ArgMin:
		op = expr.Min
	case expr.ArgMax:
		op = expr.Max
	}
	b.Head, b.Tail = b.reduce(op, source)
	return b, true
}

// reduce is the reduction of each of the full blocks, and of what is left.
func (b *Blocks) reduce(op expr.Op, source Source) (head, tail *expr.Node) {
	values := b.flat.Shape[len(b.flat.Shape)-1]
	count := values / b.Span
	head = b.reduceSome(op, source, 0, count, b.Span)
	if rest := values - count*b.Span; rest > 0 {
		tail = b.reduceSome(op, source, count*b.Span, 1, rest)
	}
	return head, tail
}

// reduceSome is the reduction of each of a number of blocks.
func (b *Blocks) reduceSome(op expr.Op, source Source, start, blocks, span int) *expr.Node {
	kept := len(b.flat.Shape) - 1
	values := (&expr.Parts{Source: source}).Along(b.flat, kept, start, blocks*span)
	shape := append(slices.Clone(b.flat.Shape[:kept]), blocks)
	r := &expr.Node{Op: op, Type: values.Type, Shape: shape, Reduce: &expr.Reduction{Axes: []int{kept + 1}, Order: b.Order}}
	if op == expr.ArgMin || op == expr.ArgMax {
		r.Type = kernels.I64
	}
	r.Args[0] = expr.ReshapeTo(values, append(slices.Clone(shape), span))
	return r
}

// Positions are the positions of an ArgMin or ArgMax within the blocks, as Head and
// Tail are the values there.
func (b *Blocks) Positions(source Source) (head, tail *expr.Node) { return b.reduce(b.Op, source) }

// LooksAgain reports whether an ArgMin or ArgMax finds its positions in the blocks
// in which they are, each computed again (Block), and not in all (Positions).
func (b *Blocks) LooksAgain() bool {
	last := len(b.Head.Shape) - 1
	points := b.Head.Size() / b.Head.Shape[last]
	return points <= min(fewPositions, b.Head.Shape[last])
}

// span is the number of values of the blocks of a reduction.
func span(n *expr.Node, values, budget int) int {
	anyWillDo := selects(n.Op)
	switch {
	case anyWillDo && n.Size() == 1:
		return anySpan(n.Args[0], values)
	case !anyWillDo && n.Reduce.Order == kernels.Tree:
		return blockSpan
	}
	size := n.Args[0].Type.Size()
	if n.Size()*blockSpan*size > budget/blockShare && n.Size()*(values/shortSpan)*size <= budget/blockShare {
		return shortSpan
	}
	return blockSpan
}

// selects reports whether a reduction gives one of its values, or where it is, so
// that the order does not matter.
func selects(op expr.Op) bool {
	return op == expr.Min || op == expr.Max || op == expr.ArgMin || op == expr.ArgMax
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

// anySpan is the length of the blocks of a reduction of everything for which any
// will do: rows of the array whose elements they are, as a contraction may fold
// its rows.
func anySpan(x *expr.Node, values int) int {
	if x.Op == expr.Reshape {
		x = x.Args[0]
	}
	last := len(x.Shape) - 1
	if last < 0 || x.Shape[last] >= values {
		return blockSpan
	}
	row := x.Shape[last]
	if row >= kernels.TreeLanes {
		return row
	}
	return row * min(max(1, blockSpan/row), values/row)
}

// ResultsOf stands for the results of all blocks, of which head is that of the full
// ones.
func (b *Blocks) ResultsOf(head *expr.Node) *expr.Node {
	shape := slices.Clone(head.Shape)
	if b.Tail != nil {
		shape[len(shape)-1]++
	}
	return expr.NewSource(head.Type, nil, kernels.Contiguous(shape...))
}

// Held is the memory that the results of all blocks take, head being those of the full
// ones, and positions of n that are not yet complete.
func (b *Blocks) Held(n, head *expr.Node, block func(bytes int) int) int {
	held := block(b.ResultsOf(head).Bytes())
	if n.Type == kernels.I64 {
		held += block(n.Bytes())
	}
	return held
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
func (s *search) inBlocks(t task) *Cut {
	n, cut := t.n, &Cut{Blocks: true}
	if n.Op == expr.Moments {
		if len(n.Shape) > 1 {
			return nil
		}
		for _, sum := range SumsOf(n) {
			cut.add(s.choose(t.inside(sum, t.budget, cut.Seconds, 1)), 0, 1)
		}
		return cut
	}
	b, ok := BlocksOf(n, t.budget, s.model.Source)
	if !ok {
		return nil
	}
	held := b.Held(n, b.Head, s.model.Block)
	add := func(x *expr.Node, strides []int, times float64) {
		inner := t.inside(x, t.budget-held, cut.Seconds, times)
		inner.strides = strides
		cut.add(s.choose(inner), held, times)
	}
	both := func(head, tail *expr.Node) {
		if tail == nil {
			add(head, nil, 1)
			return
		}
		strides := Strides(b.ResultsOf(head), len(head.Shape)-1, nil)
		add(head, strides, 1)
		add(tail, strides, 1)
	}
	both(b.Head, b.Tail)
	switch {
	case n.Type == kernels.I64 && b.LooksAgain():
		position, _ := b.Block(n, 0, 0, s.model.Source)
		add(position, nil, float64(n.Size()))
	case n.Type == kernels.I64:
		head, tail := b.Positions(s.model.Source)
		held = b.Held(n, head, s.model.Block)
		both(head, tail)
	}
	return cut
}
