package ptx

import (
	"github.com/quern-go/quern/kernels"
)

// partial is the state of a reduction's accumulators: registers that change, one
// value each, and for ArgMin and ArgMax the position (I64).
type partial struct {
	values  []string
	indices []string // "" where no position is kept
	lanes   bool     // positions are those of lanes: U32
}

// accumulators are those of a reduction.
type accumulators []kernels.Acc

// noIndex is kernels.NoIndex as an operand.
const noIndex = "0x7FFFFFFFFFFFFFFF"

// identity is a state that changes nothing.
func (as accumulators) identity(c *code) *partial {
	p := &partial{}
	for _, a := range as {
		p.values = append(p.values, c.variable(a.Type, immediate(a.Type, a.Combine.Identity(a.Type))))
		index := ""
		if a.Combine.HasIndex() {
			index = c.variable(i64, noIndex)
		}
		p.indices = append(p.indices, index)
	}
	return p
}

// combine adds to a state one that comes after it.
func (as accumulators) combine(c *code, a, b *partial) {
	for i, acc := range as {
		t, x, y := acc.Type, a.values[i], b.values[i]
		switch acc.Combine {
		case kernels.CombineAdd:
			c.emit("add.rn."+suffix(t), x, x, y)
		case kernels.CombineMul:
			c.emit("mul.rn."+suffix(t), x, x, y)
		case kernels.CombineMin:
			c.set(t, x, c.extremum("min", t, x, y))
		case kernels.CombineMax:
			c.set(t, x, c.extremum("max", t, x, y))
		default:
			y = c.register(t, y)
			same := c.compare("eq", t, x, y)
			bothNaN := c.to(boolean, "and.pred", c.compare("nan", t, x, x), c.compare("nan", t, y, y))
			same = c.to(boolean, "or.pred", same, bothNaN)
			position := i64
			if a.lanes {
				position = u32
			}
			earlier := c.compare("lt", position, b.indices[i], a.indices[i])
			replaces := c.to(boolean, "or.pred", wins(c, acc, x, y), c.to(boolean, "and.pred", same, earlier))
			c.guarded(replaces, "mov."+moveSuffix(t), x, y)
			c.guarded(replaces, "mov."+moveSuffix(position), a.indices[i], b.indices[i])
		}
	}
}

// wins is whether value y replaces x whatever their positions: it is better,
// or NaN where x is not.
func wins(c *code, acc kernels.Acc, x, y string) string {
	relation := "ltu" // less, or either is NaN
	if acc.Combine == kernels.CombineArgMax {
		relation = "gtu"
	}
	number := c.compare("eq", acc.Type, x, x)
	return c.to(boolean, "and.pred", c.compare(relation, acc.Type, y, x), number)
}
