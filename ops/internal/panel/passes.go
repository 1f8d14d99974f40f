package panel

import "github.com/quern-go/quern/ops/internal/expr"

// Passes is a Select or Histogram of one line of values that are computed panel by panel,
// each a number of times.
type Passes struct {
	Values *expr.Node // of the line
	Edges  *expr.Node // of a Histogram; nil otherwise
}

// selectPasses is about how often a Select goes through its values: eleven bits of their keys
// at a time, until few are left.
const selectPasses = 3

// keptShare is the part of the budget that the keys take among which a Select chooses in the end.
const keptShare = 16

// PassesOf sees whether a node may be evaluated in passes.
func PassesOf(n *expr.Node) (p Passes, ok bool) {
	switch n.Op {
	case expr.Histogram:
		p.Edges = n.Args[1]
	case expr.Select:
	default:
		return p, false
	}
	p.Values = n.Args[0]
	return p, p.Values.Size() > 1 && p.Values.Shape[n.Axis] == p.Values.Size()
}

// Kept is how many keys of so many bytes a Select keeps within a budget.
func Kept(budget, size int) int { return max(1, budget/keptShare/size) }

// Held is the memory that is taken beside the panels, of edges and of counts or keys.
func (p *Passes) Held(n *expr.Node, budget int, block func(bytes int) int) int {
	if p.Edges == nil {
		return 2 * budget / keptShare
	}
	return block(p.Edges.Bytes()) + 2*block(n.Bytes())
}

// inPasses cuts a Select or Histogram.
func (s *search) inPasses(t task) *Cut {
	p, ok := PassesOf(t.n)
	if !ok {
		return nil
	}
	cut := &Cut{Passes: true}
	for _, edges := range p.First() {
		cut.add(s.choose(t.inside(edges, t.budget, 0, 1)), 0, 1)
	}
	held := p.Held(t.n, t.budget, s.model.Block)
	piece := *s.toFile(p.Values, t.budget-held)
	piece.Seconds -= WriteSeconds(p.Values, &piece)
	cut.add(&piece, held, p.Times())
	return cut
}

// First is what is to be computed before the passes.
func (p *Passes) First() []*expr.Node {
	if p.Edges == nil || p.Edges.Op == expr.Source || p.Edges.Op == expr.Const {
		return nil
	}
	return []*expr.Node{p.Edges}
}

// Times is about how often the values are computed.
func (p *Passes) Times() float64 {
	if p.Edges != nil {
		return 1
	}
	return selectPasses
}

// workInPasses is about how long that takes, at least.
func workInPasses(p Passes) float64 {
	seconds := p.Times() * Work(p.Values)
	for _, edges := range p.First() {
		seconds += Work(edges)
	}
	return seconds
}
