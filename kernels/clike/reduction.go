package clike

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// reduction is what all reductions in the canonical orders share: of elements, of
// the rows of a Contract, and of the partial results of either.
//
// Both orders cut the n values of a kept point in blocks. While there are several
// blocks their results, of the Accs struct, go to scratch memory, and the next
// pass reduces these. The last pass finishes with Post.
type reduction struct {
	order  kernels.Order
	accs   *accs
	post   *bodyFunc
	finish []*operand // what Post reads and writes
	moving []*operand // of these, those with strides
	group  int        // work items
	again  int        // the entry point that reduces partial results

	length, blocks, parts, points, lanes, kept word
}

// describe adds the numbers of a reduction to the argument block.
func (r *reduction) describe(l *layout) {
	r.length = l.number("length")   // values of a point
	r.blocks = l.number("blocks")   // of a point
	r.points = l.number("points")   // that are kept
	r.parts = l.number("parts")     // points × blocks
	r.lanes = l.number("lane_bits") // Tree: log2 of the lanes in use
	r.kept = l.number("kept")       // axes of the points
}

// groupFor is the number of work items of a group that walks the Tree: all 256
// lanes, or fewer items that take several lanes each.
func groupFor(t Target) int {
	g := min(t.GroupSize, kernels.TreeLanes)
	for g&(g-1) != 0 {
		g &= g - 1
	}
	return g
}

// values writes how an entry point gets the values it reduces.
type values struct {
	ops     []*operand // what it reads
	pointer string     // a pointer parameter of its own
	// start is written once for each point and block; each declares the state that
	// value number at of the point is.
	start func(e *text)
	each  func(e *text, state string)
	cost  float64
}

// writeEntry writes an entry point that reduces some values.
func (r *reduction) writeEntry(s *source, comment, name string, v *values, ops *operands) int {
	var pointers []string
	if v.pointer != "" {
		pointers = append(pointers, v.pointer)
	}
	pointers = append(pointers, fmt.Sprintf("%s %s *scratch", s.dialect.global, r.accs.name))
	entry := s.begin(comment, name, r.group, ops.union(v.ops, r.finish), pointers...)
	if r.order == kernels.Strided {
		r.writeStrided(s, v)
	} else {
		r.writeTree(s, v)
	}
	s.end()
	return entry
}

// writeTree reduces by groups: blocks of 4096 values in 256 lanes, or, of
// shorter rows, several points at once.
func (r *reduction) writeTree(s *source, v *values) {
	e := &s.entries
	e.line("%s %s lanes[%d];", s.dialect.local, r.accs.name, kernels.TreeLanes)
	e.line("const uint lane_mask = (1u << %s) - 1;", s.arg("lane_bits"))
	r.openSlots(e)
	r.writePart(s, e)
	e.line("%s total = %s();", r.accs.name, r.accs.identity)
	e.open("if (part < (ulong)%s)", s.arg("parts"))
	s.need("divide")
	e.line("const ulong point = divide(part, %s);", s.arg("blocks"))
	e.line("const ulong first = (part - point * %s) * %d + (slot & lane_mask);", s.arg("blocks"), kernels.TreeBlock)
	e.line("const int rows = first < (ulong)%s ? min((%s - first + %d) / %d, %dUL) : 0;",
		s.arg("length"), s.arg("length"), kernels.TreeLanes-1, kernels.TreeLanes, kernels.TreeRows)
	v.start(e)
	unroll(e, v.cost)
	e.open("for (int row = 0; row < rows; row++)")
	e.line("const ulong at = first + row * %d;", kernels.TreeLanes)
	v.each(e, "next")
	e.line("total = %s(total, next);", r.accs.combine)
	e.close()
	e.close()
	e.line("lanes[slot] = total;")
	e.close()
	e.line("%s", s.dialect.barrier)

	r.writeFoldLanes(s)

	r.openSlots(e)
	r.writePart(s, e)
	e.open("if ((slot & lane_mask) == 0 && part < (ulong)%s)", s.arg("parts"))
	e.open("if (%s > 1)", s.arg("blocks"))
	e.line("scratch[part] = lanes[slot];")
	e.orElse()
	e.line("const %s total = lanes[slot];", r.accs.name)
	r.writeFinish(s, "part")
	e.close()
	e.close()
	e.close()
}

// writePart declares the number of the slot's point and block.
func (r *reduction) writePart(s *source, e *text) {
	e.line("const ulong part = (group * %d + slot) >> %s;", kernels.TreeLanes, s.arg("lane_bits"))
}

// openSlots begins what is done for each of the work item's slots, of 256.
func (r *reduction) openSlots(e *text) {
	if r.group == kernels.TreeLanes {
		e.open("")
		e.line("const uint slot = item;")
		return
	}
	e.open("for (uint slot = item; slot < %d; slot += %d)", kernels.TreeLanes, r.group)
}

// writeFoldLanes folds the lanes of each point in halves.
func (r *reduction) writeFoldLanes(s *source) {
	e := &s.entries
	e.open("for (uint width = (lane_mask + 1) >> 1; width > 0; width >>= 1)")
	r.openSlots(e)
	e.open("if ((slot & lane_mask) < width)")
	e.line("lanes[slot] = %s(lanes[slot], lanes[slot + width]);", r.accs.combine)
	e.close()
	e.close()
	e.line("%s", s.dialect.barrier)
	e.close()
}

// writeStrided reduces by work items: a block of 64 values of one point each.
func (r *reduction) writeStrided(s *source, v *values) {
	s.need("divide")
	e := &s.entries
	e.line("const ulong part = group * %d + item;", r.group)
	e.open("if (part >= (ulong)%s)", s.arg("parts"))
	e.line("return;")
	e.close()
	e.line("const ulong number = divide(part, %s);", s.arg("points"))
	e.line("const ulong point = part - number * %s;", s.arg("points"))
	e.line("const ulong first = number * %d;", kernels.StridedSpan)
	e.line("const ulong end = min((ulong)%s, first + %d);", s.arg("length"), kernels.StridedSpan)
	e.line("%s total = %s();", r.accs.name, r.accs.identity)
	e.open("")
	v.start(e)
	unroll(e, v.cost)
	e.open("for (ulong at = first; at < end; at++)")
	v.each(e, "next")
	e.line("total = %s(total, next);", r.accs.combine)
	e.close()
	e.close()
	e.open("if (%s > 1)", s.arg("blocks"))
	e.line("scratch[part] = total;")
	e.orElse()
	r.writeFinish(s, "point")
	e.close()
}

// writeFinish applies Post to the accumulators `total` of a point and stores the
// results.
func (r *reduction) writeFinish(s *source, point string) {
	e := &s.entries
	s.offsets(r.moving, "_at")
	s.walk(point, "0", s.arg("kept"), r.moving, "_at")
	e.line("const %s y = %s;", r.post.returns, r.post.call(func(l leaf) string {
		if value, ok := r.accs.value(l, "total"); ok {
			return value
		}
		return s.value(l, func(name string) string { return name + "_at" })
	}))
	for _, p := range r.finish {
		if p.kind == output {
			e.line("%s[%s_at] = y.r%d;", p.name, p.name, p.number)
		}
	}
}

// partials are values that an earlier pass left.
func (r *reduction) partials(s *source) *values {
	place := "point * " + s.arg("length") + " + at"
	if r.order == kernels.Strided {
		place = "at * " + s.arg("points") + " + point"
	}
	return &values{
		pointer: fmt.Sprintf("%s const %s *partials", s.dialect.global, r.accs.name),
		start:   func(*text) {},
		each:    func(e *text, state string) { e.line("const %s %s = partials[%s];", r.accs.name, state, place) },
	}
}

// unroll asks the compiler to take several values at once, so that their reads
// overlap, if that does not make the code long.
func unroll(e *text, cost float64) {
	switch {
	case cost <= light/4:
		e.line("#pragma unroll 8")
	case cost <= light:
		e.line("#pragma unroll 4")
	}
}
