package ptx

import "github.com/quern-go/quern/kernels"

// point is what a Body reads at one point: the value of each operand of a list.
type point struct {
	list   []*operand
	values []string
}

// read loads the inputs of a list at their places.
func (c *code) read(list []*operand, places []string) *point { return c.readIf("", list, places) }

// readIf is read where a predicate holds; elsewhere the values are 0. "" stands
// for one that always holds.
func (c *code) readIf(guard string, list []*operand, places []string) *point {
	p := &point{list, make([]string, len(list))}
	for i, o := range list {
		switch op, at := "ld.global."+moveSuffix(o.t), "["+places[i]+"]"; {
		case o.kind == index:
			p.values[i] = places[i]
		case guard == "":
			p.values[i] = c.to(o.t, op, at)
		default:
			p.values[i] = c.variable(o.t, immediate(o.t, 0))
			c.guarded(guard, op, p.values[i], at)
		}
	}
	return p
}

// leaf is the value of an OpLoad or OpIndex.
func (p *point) leaf(in *kernels.Inst) string {
	for i, o := range p.list {
		if o.number == int(in.Imm) && (in.Op == kernels.OpLoad && o.kind == input || in.Op == kernels.OpIndex && o.kind == index) {
			return p.values[i]
		}
	}
	return ""
}

// gathers prepares the inputs that Bodies gather from and returns how to read an
// element.
func (c *code) gathers(o *operands, bodies ...*kernels.Body) func(slot int, t dtype, i string) string {
	at := make(map[int]string)
	for i := range o.list {
		p := &o.list[i]
		for _, b := range bodies {
			if p.gather && at[p.number] == "" && bodyReads(b, kernels.OpGather, p.number) {
				at[p.number] = c.add(u64, c.pointer(p.buffer), c.load(i64, p.flat))
			}
		}
	}
	return func(slot int, t dtype, i string) string {
		place := c.mad(u64, i, integer(t.Size()), at[slot])
		return c.to(t, "ld.global."+moveSuffix(t), "["+place+"]")
	}
}

// write stores results at the places of outputs.
func (c *code) write(outs []*operand, places, results []string) {
	for i, o := range outs {
		c.emit("st.global."+moveSuffix(o.t), "["+places[i]+"]", c.register(o.t, results[i]))
	}
}
