package clike

import "fmt"

// slice writes what fills a slice of a or b: K steps of the tile's rows or
// columns. Neighbouring work items take neighbours along k, or along i or j, as
// the launch says, so that their reads lie side by side. What lies beyond the
// ends of the operand is left as it was: no result that is kept depends on it.
type slice struct {
	*product
	name   string // a or b
	axis   string // i or j
	edge   int    // of the tile along it
	length string // of the operand along it
	pre    *bodyFunc
	reads  []*operand
}

// steady says that from one element of an item to its next it is the same way, so
// that an addition finds it.
func (x *slice) steady() bool {
	items := x.tile.items()
	return items%x.edge == 0 && items%x.tile.K == 0
}

// start declares an item's first element and the way to the next.
func (x *slice) start() {
	e, s, items, k := &x.s.entries, x.s, x.tile.items(), x.tile.K
	along := s.arg(x.name + "_along_k")
	e.line("const int %s_length = min(%s - %s0, %dL);", x.name, s.arg(x.length), x.axis, x.edge)
	if !x.steady() {
		return
	}
	e.line("const int %s_%s = %s ? item / %d : item %% %d;", x.name, x.axis, along, k, x.edge)
	e.line("const int %s_k = %s ? item %% %d : item / %d;", x.name, along, k, x.edge)
	e.line("const int %s_next_%s = %s ? %d : 0, %s_next_k = %s ? 0 : %d;",
		x.name, x.axis, along, items/k, x.name, along, items/x.edge)
	for _, p := range x.reads {
		e.line("long %s_%s = %s_at + (%s0 + %s_%s) * %s + (k_first + %s_k) * %s;", p.name, x.name, p.name,
			x.axis, x.name, x.axis, s.arg(p.name+"_"+x.axis), x.name, s.arg(p.name+"_k"))
		e.line("const long %s_%s_next = %s_next_%s * %s + %s_next_k * %s;", p.name, x.name,
			x.name, x.axis, s.arg(p.name+"_"+x.axis), x.name, s.arg(p.name+"_k"))
	}
}

// fill writes an item's elements of the slice at k0.
func (x *slice) fill() {
	e, s := &x.s.entries, x.s
	items, total := x.tile.items(), x.edge*x.tile.K
	if !x.steady() {
		along := s.arg(x.name + "_along_k")
		e.open("for (int u = item; u < %d; u += %d)", total, items)
		e.line("const int %s = %s ? u / %d : u %% %d;", x.axis, along, x.tile.K, x.edge)
		e.line("const int kx = %s ? u %% %d : u / %d;", along, x.tile.K, x.edge)
		x.element(func(name string) string {
			return fmt.Sprintf("%s_at + (%s0 + %s) * %s + (k0 + kx) * %s",
				name, x.axis, x.axis, s.arg(name+"_"+x.axis), s.arg(name+"_k"))
		})
		e.close()
		return
	}
	unroll(e, cost(x.pre.body))
	e.open("for (int u = 0; u < %d; u++)", ceilDiv(total, items))
	e.line("const int %s = %s_%s + u * %s_next_%s;", x.axis, x.name, x.axis, x.name, x.axis)
	e.line("const int kx = %s_k + u * %s_next_k;", x.name, x.name)
	x.element(func(name string) string { return fmt.Sprintf("%s_%s + u * %s_%s_next", name, x.name, name, x.name) })
	e.close()
	for _, p := range x.reads {
		e.line("%s_%s += %d * %s;", p.name, x.name, x.tile.K, s.arg(p.name+"_k"))
	}
}

// element writes one element, if there is such a one.
func (x *slice) element(at func(name string) string) {
	e := &x.s.entries
	e.open("if (%s < %s_length && kx < steps)", x.axis, x.name)
	e.line("%s_slice[kx * %d + %s] = %s.r0;", x.name, x.edge+slicePad, x.axis,
		x.pre.call(func(l leaf) string { return x.s.value(l, at) }))
	e.close()
}
