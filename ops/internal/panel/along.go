package panel

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// inPanels cuts the result along an axis. If it goes to a file, the panel is a part of
// what is needed.
func (s *search) inPanels(t task, axis int) *Cut {
	length := t.n.Shape[axis]
	first := s.unaffected(t.n, axis, t.budget/4*3)
	cut := &Cut{First: numbers(t.n, first), Axis: axis}
	parts, left := s.values(t, first, cut)
	panel := func(count int) *expr.Node { return parts().Along(t.n, axis, 0, panelLength(length, count)) }
	result := func(count int) int { return t.result(s.model.Block, t.n.Bytes()/length*panelLength(length, count)) }
	var strides []int
	if !t.file {
		strides = Strides(t.n, axis, t.strides)
	}
	need := func(count int) int { return result(count) + s.whole(panel(count), strides, left).Need }
	least := need(length)
	// What grows with the panel gets all that is left. If more is needed than that,
	// the panel is cut in its turn, and it depends on how what grows is used whether
	// much or little of it is best.
	shares := []int{left}
	if least > left {
		shares = []int{least + left/4*5, least + left/8*5, least + left/3}
	}
	if least > left && t.file {
		shares = []int{least + left/8*7, least + left/2, least + left/4}
	}
	var best *Cut
	for _, allowed := range shares {
		count := s.fewest(length, allowed, least, need)
		c := *cut
		c.Length = panelLength(length, count)
		if rows := blocksOfRows(t.n, axis); rows < c.Length {
			c.Length -= c.Length % rows
		}
		times := float64(length) / float64(c.Length)
		held := t.result(s.model.Block, t.n.Bytes()/length*c.Length)
		inner := t.inside(parts().Along(t.n, axis, 0, c.Length), left-held, c.Seconds, times)
		inner.strides = strides
		inner.done = t.done.with(axis) // again would leave whole what this does
		c.add(s.choose(inner), t.budget-left+held, times)
		if best == nil || c.betterThan(best) {
			best = &c
		}
		if best.Over == 0 {
			t.limit = min(t.limit, best.Seconds)
		}
	}
	return best
}

// Strides are those of a panel along an axis of n, whose own are given, nil for row-major
// order; nil if the panel then lies in one piece.
func Strides(n *expr.Node, axis int, strides []int) []int {
	if strides != nil {
		return strides
	}
	for _, d := range n.Shape[:axis] {
		if d != 1 {
			return kernels.Contiguous(n.Shape...).Strides
		}
	}
	return nil
}

// fewest is the least number of panels, two or more, that need no more than allowed
// each; shortest is what panels of one element need. What is needed beyond that is
// about as much as a panel is long.
func (s *search) fewest(length, allowed, shortest int, need func(count int) int) int {
	count := 2
	for s.builds <= maxBuilds && count < length {
		needed := need(count)
		if needed <= allowed {
			break
		}
		if allowed <= shortest {
			return length
		}
		more := float64(count) * float64(needed-shortest) / float64(allowed-shortest)
		count = min(length, max(count+1, int(more)))
	}
	return count
}

// vector is the number of elements of which long panels have a multiple.
const vector = 16

// panelLength is the length of each of a number of panels; long ones are rounded
// to whole vectors.
func panelLength(length, count int) int {
	l := (length + count - 1) / count
	if l >= 4*vector {
		l = min(length, (l+vector-1)/vector*vector)
	}
	return l
}

// Shorter lists lengths of panels, the longest first, of which a number together take
// about as much memory as one of the cut's. Beside what grows with its length a panel may
// take something else, so there are some to try.
func Shorter(n *expr.Node, c *Cut, panels int) (lengths []int) {
	unit := blocksOfRows(n, c.Axis)
	for _, eighths := range []int{8, 6, 4} {
		length := c.Length * eighths / (8 * panels)
		if unit == 1 && length >= 4*vector {
			unit = vector
		}
		if length -= length % unit; length > 0 && !slices.Contains(lengths, length) {
			lengths = append(lengths, length)
		}
	}
	return lengths
}
