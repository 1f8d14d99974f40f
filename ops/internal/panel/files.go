package panel

import (
	"cmp"
	"math"
	"slices"

	"github.com/quern-go/quern/ops/internal/expr"
)

// Way is how an expression is evaluated within a budget.
type Way struct {
	// Files lists nodes, by their position in expr.Walk, whose values are stored in
	// files, one after another, before the rest is evaluated: see Cutter.ToFile.
	Files []int
	// Fits says that what is to be kept in memory does not exceed the budget, and that
	// the evaluation takes time within reason.
	Fits bool
}

const (
	// cheap is how many times longer than in one piece an evaluation may take before
	// files are thought of.
	cheap = 2
	// fileBytesPerSecond is how fast files are written and read.
	fileBytesPerSecond = 1e9
)

// FileSeconds is how long it takes to read or write so many bytes in so many pieces.
func FileSeconds(bytes, pieces int) float64 {
	const perPiece = 2 << 10 // bytes copied in the time of a call
	return (float64(bytes) + perPiece*float64(pieces)) / fileBytesPerSecond
}

// WriteSeconds is how long it takes to write a value in panels.
func WriteSeconds(n *expr.Node, c *Cut) float64 {
	pieces := (n.Shape[c.Axis] + c.Length - 1) / c.Length
	for _, d := range n.Shape[:c.Axis] {
		pieces *= d
	}
	return FileSeconds(n.Bytes(), pieces)
}

// Way decides how to evaluate an expression, to which the algebra has been applied.
// Without files, nothing is stored in such.
func (c *Cutter) Way(n *expr.Node, budget int, files bool) (Way, error) {
	cut, err := c.Cut(n, nil, budget)
	if err != nil {
		return Way{}, err
	}
	whole, err := c.Cut(n, nil, math.MaxInt)
	if err != nil {
		return Way{}, err
	}
	w := Way{Fits: cut.Over == 0 && cut.Seconds <= limit(whole)}
	if !files || c.model.Filed == nil || w.Fits && cut.Seconds <= cheap*whole.Seconds {
		return w, nil
	}
	err = c.search(func(s *search) {
		key := s.keyOf(task{n: n, budget: budget})
		known, ok := c.ways[key]
		if !ok {
			most := math.Inf(1)
			if w.Fits {
				most = cut.Seconds
			}
			known = s.throughFiles(n, budget, most)
			c.ways[key] = known
		}
		if known.Fits {
			w = known
		}
	})
	return w, err
}

// throughFiles stores values in files: only the largest if that is enough. It fits
// if that takes less than a number of seconds.
func (s *search) throughFiles(n *expr.Node, budget int, most float64) Way {
	tried := 0
	for least := budget / 2; least > 0; least /= 4 {
		nodes := larger(n, least)
		if len(nodes) == tried {
			continue
		}
		tried = len(nodes)
		if cut := s.stored(n, nodes, budget); cut.Over == 0 {
			return Way{Files: numbers(n, nodes), Fits: cut.Seconds < most}
		}
	}
	return Way{}
}

// larger lists the results of kernels, the expression's own not among them, that take
// more than so many bytes, arguments first.
func larger(root *expr.Node, least int) []*expr.Node {
	var list []*expr.Node
	expr.Walk(root, func(n *expr.Node) {
		if n != root && n.Op.IsKernel() && n.Op != expr.Concat && n.Bytes() > least {
			list = append(list, n)
		}
	})
	return list
}

// stored is the evaluation of n after some nodes, one after another, have been stored.
func (s *search) stored(n *expr.Node, nodes []*expr.Node, budget int) *Cut {
	total, known := new(Cut), make(map[*expr.Node]*expr.Node)
	rest := func(n *expr.Node) *expr.Node {
		parts := &expr.Parts{Source: s.model.Source}
		for node, by := range known {
			parts.Replace(node, by)
		}
		return parts.Whole(n)
	}
	for _, node := range nodes {
		s.builds = 0
		total.add(s.toFile(rest(node), budget), 0, 1)
		known[node] = s.model.Filed(node)
	}
	s.builds = 0
	total.add(s.choose(task{n: rest(n), budget: budget, limit: math.Inf(1)}), 0, 1)
	return total
}

// ToFile decides how to evaluate an expression whose value is written to a file panel by
// panel, of which each takes memory too.
func (c *Cutter) ToFile(n *expr.Node, budget int) (cut *Cut, err error) {
	err = c.search(func(s *search) { cut = s.toFile(n, budget) })
	return cut, err
}

func (s *search) toFile(n *expr.Node, budget int) *Cut {
	t := task{n: n, budget: budget, limit: math.Inf(1), file: true}
	key := s.keyOf(t)
	if k, ok := s.known[key]; ok {
		return k.cut
	}
	type along struct {
		axis    int
		seconds float64
	}
	var axes []along
	for axis, length := range n.Shape {
		if length > 1 {
			axes = append(axes, along{axis, s.workAlong(n, axis, budget)})
		}
	}
	slices.SortStableFunc(axes, func(a, b along) int { return cmp.Compare(a.seconds, b.seconds) })
	best := &Cut{Over: math.MaxInt}
	for _, a := range axes {
		if best.Over == 0 && a.seconds >= best.Seconds {
			break
		}
		c := s.inPanels(t, a.axis)
		c.Seconds += WriteSeconds(n, c)
		if c.betterThan(best) {
			best = c
		}
	}
	s.known[key] = known{best, t.limit}
	return best
}
