package panel

import (
	"github.com/quern-go/quern/ops/internal/expr"
)

// values chooses how to compute some nodes, or read them, one after another, so that
// their values stay in memory, and adds that to cut. parts replaces the nodes, and left
// is what remains of the budget.
func (s *search) values(t task, nodes []*expr.Node, cut *Cut) (parts func() *expr.Parts, left int) {
	var by []*expr.Node
	left = t.budget
	for _, n := range nodes {
		left -= s.model.Block(n.Bytes())
		if n.Op == expr.Source {
			cut.add(&Cut{Seconds: FileSeconds(s.model.Read(n.Data))}, t.budget-left, 1)
		} else {
			cut.add(s.choose(t.inside(n, left, cut.Seconds, 1)), t.budget-left, 1)
		}
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

// valuesFirst computes first what is small but takes more than the budget to
// compute.
func (s *search) valuesFirst(t task) *Cut {
	most := t.budget / 4 * 3
	first := outermost(t.n, func(x *expr.Node) bool {
		if x == t.n || !x.Op.IsKernel() || x.Bytes() > most || s.whole(x, nil, t.budget).Over == 0 {
			return false
		}
		most -= x.Bytes()
		return true
	})
	if len(first) == 0 {
		return nil
	}
	cut := &Cut{First: numbers(t.n, first)}
	parts, left := s.values(t, first, cut)
	rest := t.inside(parts().Whole(t.n), left, cut.Seconds, 1)
	rest.strides = t.strides
	cut.add(s.choose(rest), t.budget-left, 1)
	return cut
}

// unaffected finds the results of reductions and contractions, and the sources in files,
// that a cut along the axis leaves whole, of at most so many bytes in all.
func (s *search) unaffected(n *expr.Node, axis, most int) []*expr.Node {
	before := make(map[*expr.Node]bool)
	expr.Walk(n, func(x *expr.Node) { before[x] = true })
	panel := (&expr.Parts{Source: s.model.Source}).Along(n, axis, 0, 1)
	return outermost(panel, func(x *expr.Node) bool {
		if !before[x] || !x.Op.IsKernel() && !s.inFile(x) || x.Bytes() > most {
			return false
		}
		most -= x.Bytes()
		return true
	})
}

// inFile reports whether a node is a source that is read from a file.
func (s *search) inFile(n *expr.Node) bool {
	if n.Op != expr.Source {
		return false
	}
	bytes, _ := s.model.Read(n.Data)
	return bytes > 0
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
