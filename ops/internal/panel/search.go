package panel

import (
	"runtime"

	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/plan"
)

const (
	// maxDepth bounds how deep cuts are nested.
	maxDepth = 5
	// maxBuilds bounds the plans made in one search; one of a long expression, whose
	// key is keyOfBuild bytes or more, counts as several.
	maxBuilds  = 300
	keyOfBuild = 1 << 10
	// maxWaste is how many such plans may be garbage, some 50 kB each.
	maxWaste = 60
	// closeEnough is by how much the time of a cut may exceed that of the whole
	// for the search to end.
	closeEnough = 1.05
)

// search looks for one cut.
type search struct {
	*Cutter
	builds int
	err    error
}

// choose finds the best way to evaluate n within a budget.
func (s *search) choose(n *expr.Node, budget, depth int) *Cut {
	key := keyOf(n, budget)
	if known, ok := s.known[key]; ok {
		return known
	}
	best := s.whole(n, budget)
	if best.Over > 0 && depth < maxDepth {
		best = s.cut(n, budget, depth, best)
	}
	s.known[key] = best
	return best
}

// cut looks for something better than the whole.
func (s *search) cut(n *expr.Node, budget, depth int, whole *Cut) *Cut {
	var ways []func() *Cut
	for axis := range n.Shape {
		ways = append(ways, func() *Cut { return s.inPanels(n, axis, budget, depth) })
	}
	ways = append(ways,
		func() *Cut { return s.inBlocks(n, budget, depth) },
		func() *Cut { return s.valuesFirst(n, budget, depth) })
	best := whole
	for _, way := range ways {
		if s.err != nil || s.builds > maxBuilds {
			break
		}
		if c := way(); c != nil && c.betterThan(best) {
			best = c
		}
		if best.Over == 0 && best.Seconds <= closeEnough*whole.Seconds {
			break
		}
	}
	return best
}

// whole is the evaluation by one plan.
func (s *search) whole(n *expr.Node, budget int) *Cut {
	o := Options(budget)
	b := plan.Bind(n, o)
	defer b.Free()
	s.count(1 + len(b.Key)/keyOfBuild)
	binding := b.Binding()
	p, err := plan.Build(n, &binding, o)
	if err != nil {
		s.err = err
		return &Cut{}
	}
	need := s.model.Need(p, &binding)
	return &Cut{Need: need, Over: max(0, need-budget), Seconds: seconds(p)}
}

// count counts plans made. Between large arrays the garbage that they are would be
// left lying until it is as much as the arrays, so it is collected now and then.
func (s *search) count(plans int) {
	s.builds += plans
	s.waste += plans
	if s.waste > maxWaste {
		s.waste = 0
		runtime.GC()
	}
}

// seconds is the time of a plan on a computer of no particular kind: cuts are to
// be the same everywhere.
func seconds(p *plan.Plan) float64 {
	const launch, bytesPerSecond, flopsPerSecond32, flopsPerSecond64 = 5e-6, 1e10, 2e11, 1e11
	total := 0.0
	for i := range p.Steps {
		step := &p.Steps[i]
		total += launch + max(step.Bytes/bytesPerSecond, step.Flops32/flopsPerSecond32+step.Flops64/flopsPerSecond64)
	}
	return total
}

func (c *Cut) betterThan(d *Cut) bool {
	return c.Over < d.Over || c.Over == d.Over && c.Seconds < d.Seconds
}

// values chooses how to compute some nodes, one after another, so that their
// values stay in memory, and adds that to cut. parts replaces the nodes, and left
// is what remains of the budget.
func (s *search) values(nodes []*expr.Node, budget, depth int, cut *Cut) (parts func() *expr.Parts, left int) {
	var by []*expr.Node
	left = budget
	for _, n := range nodes {
		left -= n.Bytes()
		c := s.choose(n, left, depth+1)
		cut.add(c, budget-left, 1)
		by = append(by, s.model.Value(n))
	}
	return func() *expr.Parts {
		p := &expr.Parts{Source: s.model.Source}
		for i, n := range nodes {
			p.Replace(n, by[i])
		}
		return p
	}, left
}

// add counts a piece that is evaluated a number of times while held bytes are
// taken already.
func (c *Cut) add(piece *Cut, held int, times float64) {
	c.Need = max(c.Need, held+piece.Need)
	c.Over = max(c.Over, piece.Over)
	c.Seconds += times * piece.Seconds
}

// inPanels cuts the result along an axis.
func (s *search) inPanels(n *expr.Node, axis, budget, depth int) *Cut {
	length := n.Shape[axis]
	if length == 1 {
		return nil
	}
	first := s.unaffected(n, axis, budget/4*3)
	cut := &Cut{First: numbers(n, first), Axis: axis}
	parts, left := s.values(first, budget, depth, cut)
	panel := func(count int) *expr.Node { return parts().Along(n, axis, 0, panelLength(length, count)) }
	least := s.whole(panel(length), left)
	// What grows with the panel gets all that is left, or if more is needed than
	// that, a share of it, and the panel is cut in its turn.
	shares := []int{left}
	if least.Over > 0 {
		shares = []int{least.Need + left/4*3, least.Need + left/3}
	}
	var best *Cut
	for _, allowed := range shares {
		count := 2
		for s.builds <= maxBuilds && count < length && s.whole(panel(count), left).Need > allowed {
			count = max(count+1, count*5/4)
		}
		c := *cut
		c.Length = panelLength(length, count)
		if rows := blocksOfRows(n, axis); rows < c.Length {
			c.Length -= c.Length % rows
		}
		c.add(s.choose(panel(count), left, depth+1), budget-left, float64(length)/float64(c.Length))
		if best == nil || c.betterThan(best) {
			best = &c
		}
	}
	return best
}

// panelLength is the length of each of a number of panels; long ones are rounded
// to whole vectors.
func panelLength(length, count int) int {
	const vector = 16
	l := (length + count - 1) / count
	if l >= 4*vector {
		l = min(length, (l+vector-1)/vector*vector)
	}
	return l
}

// unaffected finds the results of reductions and contractions that a cut along
// the axis leaves whole, of at most so many bytes in all.
func (s *search) unaffected(n *expr.Node, axis, most int) []*expr.Node {
	before := make(map[*expr.Node]bool)
	expr.Walk(n, func(x *expr.Node) { before[x] = true })
	panel := (&expr.Parts{Source: s.model.Source}).Along(n, axis, 0, 1)
	return outermost(panel, func(x *expr.Node) bool {
		if !before[x] || !x.Op.IsKernel() || x.Bytes() > most {
			return false
		}
		most -= x.Bytes()
		return true
	})
}

// outermost lists the nodes that fit, without looking under those.
func outermost(root *expr.Node, fits func(*expr.Node) bool) []*expr.Node {
	var list []*expr.Node
	seen := make(map[*expr.Node]bool)
	var visit func(n *expr.Node)
	visit = func(n *expr.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if fits(n) {
			list = append(list, n)
			return
		}
		for _, a := range n.Args {
			if a != nil {
				visit(a)
			}
		}
	}
	visit(root)
	return list
}

// valuesFirst computes first what is small but takes more than the budget to
// compute.
func (s *search) valuesFirst(n *expr.Node, budget, depth int) *Cut {
	most := budget / 2
	first := outermost(n, func(x *expr.Node) bool {
		if x == n || !x.Op.IsKernel() || x.Bytes() > most/2 || s.whole(x, budget).Over == 0 {
			return false
		}
		most -= x.Bytes()
		return true
	})
	if len(first) == 0 {
		return nil
	}
	cut := &Cut{First: numbers(n, first)}
	parts, left := s.values(first, budget, depth, cut)
	cut.add(s.choose(parts().Whole(n), left, depth+1), budget-left, 1)
	return cut
}
