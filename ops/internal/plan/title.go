package plan

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/ops/internal/expr"
)

// maxTitle bounds the text that describes a step, in bytes.
const maxTitle = 72

// title describes a node as a call: sources are a, b, …, scalars s0, s1, … and
// temporaries t1, t2, ….
func (p *planner) title(n, arg *node) string {
	var s strings.Builder
	if arg != nil {
		fmt.Fprintf(&s, "%s %v of ", n.Op, n.Reduce.Axes)
		p.describe(&s, arg, arg)
	} else {
		p.describe(&s, n, n)
	}
	return shorten(s.String())
}

// postTitle describes what a kernel does after its reduction.
func (p *planner) postTitle(top, anchor *node) string {
	if top == anchor {
		return ""
	}
	return ", then " + top.Op.String()
}

func (p *planner) contractTitle(c *contraction) string {
	var s strings.Builder
	fmt.Fprintf(&s, "contract %s(", c.product.Step)
	p.describe(&s, c.product.args[0], nil)
	s.WriteString(", ")
	p.describe(&s, c.product.args[1], nil)
	text := shorten(s.String()) + ")" + p.postTitle(c.post, c.product)
	if c.fold != nil {
		where := " of rows"
		if c.swap {
			where = " of columns"
		}
		text += ", " + foldName(c.fold) + where + p.postTitle(c.result, c.fold)
	}
	return text
}

// foldName is what a fold of rows keeps.
func foldName(fold *node) string {
	if fold.Op == expr.Top {
		return fmt.Sprintf("first %d", fold.Shape[len(fold.Shape)-1])
	}
	return fold.Op.String()
}

func (p *planner) describe(s *strings.Builder, n, top *node) {
	switch {
	case s.Len() > maxTitle:
		return
	case p.stored[n.id] && n != top:
		if b, ok := p.buffers[n]; ok {
			s.WriteString(p.temporaryName(b))
			return
		}
		s.WriteString(n.Op.String())
		return
	case n.Op == expr.Source:
		s.WriteString(sourceName(n.slot))
		return
	case n.Op == expr.Const:
		fmt.Fprintf(s, "s%d", n.slot)
		return
	}
	s.WriteString(n.Op.String())
	s.WriteByte('(')
	for i, a := range n.args {
		if i > 0 {
			s.WriteString(", ")
		}
		p.describe(s, a, nil)
	}
	s.WriteByte(')')
}

// temporaryName is t and the number of the temporary among all.
func (p *planner) temporaryName(buffer int) string {
	number := 0
	for _, b := range p.plan.Buffers[:buffer+1] {
		if b.Role == Temporary {
			number++
		}
	}
	return fmt.Sprintf("t%d", number)
}

// sourceName is a … z, then a1 and so on.
func sourceName(i int) string {
	name := string(rune('a' + i%26))
	if i >= 26 {
		name += fmt.Sprint(i / 26)
	}
	return name
}

func shorten(s string) string {
	if len(s) > maxTitle {
		return s[:maxTitle-3] + "..."
	}
	return s
}
