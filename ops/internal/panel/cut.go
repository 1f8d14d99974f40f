package panel

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/plan"
)

// Cut says how to evaluate an expression. The zero Length, First and Blocks mean:
// whole.
type Cut struct {
	// First lists nodes, by their position in expr.Walk, whose values are computed
	// before and then stand for the nodes.
	First []int
	// Length is the length of a panel along Axis of the result, 0 if there are
	// none.
	Axis, Length int
	// Blocks says that the expression is a reduction to be evaluated in blocks:
	// see BlocksOf, and SumsOf for expr.Moments.
	Blocks bool

	Need    int     // bytes that it takes, at most
	Over    int     // of these, bytes beyond what it may take: there is no better way
	Seconds float64 // about how long it takes, on a computer of no particular kind
}

// IsWhole reports whether the expression is evaluated by its plan as it is.
func (c *Cut) IsWhole() bool { return c.Length == 0 && !c.Blocks && len(c.First) == 0 }

// Source makes a part of a source: see expr.Parts.
type Source func(n *expr.Node, spans []expr.Span) *expr.Node

// Model is what a Cutter has to know of the arrays and the device.
type Model struct {
	Source Source
	// Value is a source that stands for the value of a node.
	Value func(n *expr.Node) *expr.Node
	// Need is the memory, in bytes, that counts towards the budget while a plan
	// runs.
	Need func(p *plan.Plan, b *plan.Binding) int
}

// Cutter finds cuts and keeps them. It may be used by several goroutines.
type Cutter struct {
	model Model

	mu    sync.Mutex
	known map[string]known
	waste int // plans made since the garbage was last collected
}

// NewCutter returns a Cutter that knows nothing yet.
func NewCutter(m Model) *Cutter { return &Cutter{model: m, known: make(map[string]known)} }

// maxKnown bounds the cuts kept; when they are as many, they are forgotten.
const maxKnown = 4096

// Options are how a piece is planned that is evaluated within a budget: the
// algebra has been applied to the whole, and what is kept only to save work leaves
// room for what has to be.
func Options(budget int) plan.Options {
	return plan.Options{Exact: true, MaxStored: min(max(1, budget/2), plan.MaxStored)}
}

// Cut decides how to evaluate an expression, to which the algebra has been
// applied, so that it takes no more than a number of bytes.
func (c *Cutter) Cut(n *expr.Node, budget int) (*Cut, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxKnown {
		clear(c.known)
	}
	s := &search{Cutter: c}
	cut := s.choose(task{n: n, budget: budget, limit: limit(s.whole(n, math.MaxInt))})
	if s.err != nil {
		return nil, fmt.Errorf("cut in panels: %w", s.err)
	}
	return cut, nil
}

// maxSlowdown is how many times longer an evaluation in pieces may take than one
// in one piece.
const maxSlowdown = 16

// limit is how many seconds an evaluation in pieces may take.
func limit(whole *Cut) float64 { return maxSlowdown * whole.Seconds }

// Fits reports whether there is a cut that takes no more than the budget, and time
// within reason.
func (c *Cutter) Fits(n *expr.Node, budget int) (bool, error) {
	cut, err := c.Cut(n, budget)
	if err != nil || cut.Over > 0 {
		return false, err
	}
	whole, err := c.Cut(n, math.MaxInt)
	return err == nil && cut.Seconds <= limit(whole), err
}

// Nodes are the nodes of First in an expression.
func (c *Cut) Nodes(root *expr.Node) []*expr.Node {
	if len(c.First) == 0 {
		return nil
	}
	var all, out []*expr.Node
	expr.Walk(root, func(n *expr.Node) { all = append(all, n) })
	for _, i := range c.First {
		out = append(out, all[i])
	}
	return out
}

// numbers is the inverse of Nodes.
func numbers(root *expr.Node, nodes []*expr.Node) []int {
	at := make(map[*expr.Node]int)
	expr.Walk(root, func(n *expr.Node) { at[n] = len(at) })
	var out []int
	for _, n := range nodes {
		out = append(out, at[n])
	}
	return out
}

// keyOf is the structure of an expression and a budget.
func keyOf(n *expr.Node, budget int) string {
	b := plan.Bind(n, plan.Options{Exact: true})
	defer b.Free()
	return string(binary.AppendVarint(b.Key, int64(budget)))
}
