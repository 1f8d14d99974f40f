package ops

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// TestParts: a part of a random expression, or a part of that, has the bits that
// the whole has there.
func TestParts(t *testing.T) {
	count := 1500
	if testing.Short() {
		count = 200
	}
	list := engines(t)
	list = append(list, namedEngine{"device memory", testEngine(gpu())})
	for _, e := range list {
		source := partOf
		if e.name == "device memory" {
			source = packedPartOf
		}
		for seed := range count {
			t.Run(fmt.Sprint(e.name, seed), func(t *testing.T) {
				g := &generator[float64]{next: seededChoices(uint64(seed))}
				for range 3 {
					g.pool = append(g.pool, g.source())
				}
				for range 2 + seed%15 {
					g.step()
				}
				n := g.pool[len(g.pool)-1].n
				if n.Size() > 0 && n.Op != expr.Const {
					g.checkParts(t, e.Engine, n, source)
				}
			})
		}
	}
}

func (g *generator[T]) checkParts(t *testing.T, e *Engine, n *expr.Node, source func(*expr.Node, []expr.Span) *expr.Node) {
	want, shown := evaluateNaively(t, n), kernels.Contiguous(n.Shape...)
	for range 3 {
		spans := make([]expr.Span, len(n.Shape))
		for axis, d := range n.Shape {
			spans[axis] = g.span(d)
		}
		parts := &expr.Parts{Source: source}
		n, shown = parts.Of(n, spans), expr.SliceLayout(shown, spans)
		if n.Op == expr.Const {
			return
		}
		mem := make([]byte, n.Bytes())
		if err := into(ctx, n, n.Type, mem, []Option{WithEngine(e), Exact()}); err != nil {
			t.Fatalf("%v\n%s", err, strings.Join(g.trace, "\n"))
		}
		at := positions(shown)
		for i, got := range readBits(n.Type, mem) {
			if !sameBits(n.Type, got, want[at[i]]) {
				t.Fatalf("%v: element %d is %s, expected %s\n%s", spans, i, kernels.FormatBits(n.Type, got),
					kernels.FormatBits(n.Type, want[at[i]]), strings.Join(g.trace, "\n"))
			}
		}
	}
}

// span selects some of an axis, mostly all or a range.
func (g *generator[T]) span(length int) expr.Span {
	whole := expr.Span{Step: 1, Count: length}
	switch g.next(5) {
	case 0:
		return whole
	case 1:
		return expr.Span{Start: length - 1, Step: -1, Count: 1 + g.next(length)}
	case 2:
		return expr.Span{Start: g.next(2) % length, Step: 2, Count: max(1, length/3)}
	}
	start := g.next(length)
	return expr.Span{Start: start, Step: 1, Count: 1 + g.next(length-start)}
}
