package panel

import (
	"math"

	"github.com/quern-go/quern/ops/internal/expr"
)

// The speed of a computer of no particular kind: cuts are to be the same
// everywhere.
const (
	launchSeconds    = 5e-6
	bytesPerSecond   = 1e10
	flopsPerSecond32 = 2e11
	flopsPerSecond64 = 1e11
)

// Work is about how long an expression takes in one piece, on a computer of no
// particular kind.
func Work(root *expr.Node) float64 {
	total := 0.0
	expr.Walk(root, func(n *expr.Node) { total += workOf(n) })
	return total
}

// workOf is about how long one node takes, what it is computed of not counted.
func workOf(n *expr.Node) float64 {
	rate := flopsPerSecond32
	if n.Type.Size() == 8 {
		rate = flopsPerSecond64
	}
	switch {
	case n.Op == expr.Contract:
		x := n.Args[0]
		depth := x.Shape[len(x.Shape)-1]
		return 2 * float64(n.Size()) * float64(depth) / rate
	case n.Op.IsReduction() || n.Op == expr.Top:
		return float64(n.Args[0].Size()) / rate
	case n.Op == expr.Iterate:
		steps := 0.0
		for _, x := range expr.Items(n.Args[1]) {
			steps += Work(x)
		}
		return steps * float64(n.Loop.Steps)
	case n.Op.IsElementwise() || n.Op.IsRandom():
		return float64(n.Size()) * float64(max(1, expr.Cost(n.Op))) / rate
	}
	return 0
}

// workAlong is about how long a cut along an axis takes, at least. The work on a
// panel is a part that grows with its length and a part that every panel repeats.
func (s *search) workAlong(n *expr.Node, axis, budget int) float64 {
	first := s.unaffected(n, axis, budget/4*3)
	once := 0.0
	parts := &expr.Parts{Source: s.model.Source}
	for _, f := range first {
		once += Work(f)
		parts.Replace(f, s.model.Value(f))
	}
	length := n.Shape[axis]
	some := max(1, length/sampleShare)
	whole, panel := parts.Whole(n), parts.Along(n, axis, 0, some)
	all := Work(whole)
	growing := (all - Work(panel)) / float64(length-some) * float64(length)
	count := max(2, float64(storedIn(panel, whole))*float64(length)/float64(some)/float64(budget))
	return once + growing + count*(all-growing)
}

// sampleShare is the part of the length of an axis by which the work along it is
// judged.
const sampleShare = 8

// storedIn is about what a panel stores, in bytes: the largest result of a reduction
// or contraction that is not the same in the whole.
func storedIn(panel, whole *expr.Node) int {
	unaffected := make(map[*expr.Node]bool)
	expr.Walk(whole, func(x *expr.Node) { unaffected[x] = true })
	most := 0
	expr.Walk(panel, func(x *expr.Node) {
		if x != panel && x.Op.IsKernel() && !unaffected[x] {
			most = max(most, x.Bytes())
		}
	})
	return most
}

// workInBlocks is about how long a reduction in blocks takes, at least.
func (s *search) workInBlocks(n *expr.Node, budget int) float64 {
	if n.Op == expr.Moments {
		if len(n.Shape) > 1 {
			return math.Inf(1)
		}
		total := 0.0
		for _, sum := range SumsOf(n) {
			total += Work(sum)
		}
		return total
	}
	b, ok := BlocksOf(n, budget, s.model.Source)
	if !ok {
		return math.Inf(1)
	}
	least := math.Inf(1)
	for axis, length := range b.Head.Shape {
		if length > 1 {
			least = min(least, s.workAlong(b.Head, axis, budget))
		}
	}
	return least
}
