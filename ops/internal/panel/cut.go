package panel

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"sync"

	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/plan"
)

// Cut says how to evaluate an expression. The zero Length, First, Blocks and Passes
// mean: whole.
type Cut struct {
	// First lists nodes, by their position in expr.Walk, whose values are computed
	// before, or read if they are sources in files, and then stand for the nodes.
	First []int
	// Length is the length of a panel along Axis of the result, 0 if there are
	// none.
	Axis, Length int
	// Blocks says that the expression is a reduction to be evaluated in blocks:
	// see BlocksOf, and SumsOf for expr.Moments.
	Blocks bool
	// Passes says that the expression is a selection or histogram whose values are
	// computed panel by panel: see PassesOf. Each is cut as Cutter.ToFile says.
	Passes bool

	Need    int     // bytes that it takes, at most
	Over    int     // of these, bytes beyond what it may take: there is no better way
	Seconds float64 // about how long it takes, on a computer of no particular kind
}

// IsWhole reports whether the expression is evaluated by its plan as it is.
func (c *Cut) IsWhole() bool { return c.Length == 0 && !c.Blocks && !c.Passes && len(c.First) == 0 }

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
	// Block is the memory that a value of a number of bytes takes.
	Block func(bytes int) int

	// Filed is a source that stands for the value of a node that lies in a file; nil
	// if there are no files.
	Filed func(n *expr.Node) *expr.Node
	// Read is how many bytes of a source are read from a file, in how many pieces,
	// for a plan to run: none if it is in memory. What it takes in memory is counted
	// by Need.
	Read func(source any) (bytes, pieces int)
}

// Cutter finds cuts and keeps them. It may be used by several goroutines.
type Cutter struct {
	model Model

	mu    sync.Mutex
	known map[string]known
	ways  map[string]Way
	waste int // plans made since the garbage was last collected
}

// NewCutter returns a Cutter that knows nothing yet.
func NewCutter(m Model) *Cutter {
	return &Cutter{model: m, known: make(map[string]known), ways: make(map[string]Way)}
}

// maxKnown bounds the cuts kept; when they are as many, they are forgotten.
const maxKnown = 4096

// Options are how a piece is planned that is evaluated within a budget: the
// algebra has been applied to the whole, and what is kept only to save work leaves
// room for what has to be.
func Options(budget int) plan.Options {
	return plan.Options{Exact: true, MaxStored: min(MaxStored(budget), plan.MaxStored)}
}

// MaxStored is how much of a budget is for values that are kept only to save work.
func MaxStored(budget int) int { return max(1, budget/2) }

// Cut decides how to evaluate an expression, to which the algebra has been
// applied, so that it takes no more than a number of bytes. Strides place its value
// where it goes, nil if that is in row-major order.
func (c *Cutter) Cut(n *expr.Node, strides []int, budget int) (cut *Cut, err error) {
	err = c.search(func(s *search) {
		cut = s.choose(task{n: n, strides: strides, budget: budget, limit: limit(s.whole(n, nil, math.MaxInt))})
	})
	return cut, err
}

// Fits reports whether an expression, planned as Cut does, takes no more than a number of
// bytes as it is.
func (c *Cutter) Fits(n *expr.Node, strides []int, budget int) (fits bool, err error) {
	err = c.search(func(s *search) { fits = s.whole(n, strides, budget).Over == 0 })
	return fits, err
}

// search looks for something, unless it is known.
func (c *Cutter) search(f func(s *search)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known)+len(c.ways) >= maxKnown {
		clear(c.known)
		clear(c.ways)
	}
	s := &search{Cutter: c}
	f(s)
	if s.err != nil {
		return fmt.Errorf("cut in panels: %w", s.err)
	}
	return nil
}

// maxSlowdown is how many times longer an evaluation in pieces may take than one
// in one piece.
const maxSlowdown = 16

// limit is how many seconds an evaluation in pieces may take.
func limit(whole *Cut) float64 { return maxSlowdown * whole.Seconds }

// NodesAt are the nodes of an expression at positions in expr.Walk.
func NodesAt(root *expr.Node, positions []int) []*expr.Node {
	if len(positions) == 0 {
		return nil
	}
	var all, out []*expr.Node
	expr.Walk(root, func(n *expr.Node) { all = append(all, n) })
	for _, i := range positions {
		out = append(out, all[i])
	}
	return out
}

// numbers is the inverse of NodesAt.
func numbers(root *expr.Node, nodes []*expr.Node) []int {
	at := make(map[*expr.Node]int)
	expr.Walk(root, func(n *expr.Node) { at[n] = len(at) })
	var out []int
	for _, n := range nodes {
		out = append(out, at[n])
	}
	return out
}

// keyOf is the structure of a task, its budget, and which of its sources are in files.
func (c *Cutter) keyOf(t task) string {
	b := plan.Bind(t.n, plan.Options{Exact: true, Strides: t.strides})
	defer b.Free()
	b.Key = binary.AppendVarint(b.Key, int64(t.budget))
	b.Key = strconv.AppendBool(b.Key, t.file)
	for _, source := range b.Binding().Sources {
		bytes, _ := c.model.Read(source)
		b.Key = strconv.AppendBool(b.Key, bytes > 0)
	}
	return string(b.Key)
}
