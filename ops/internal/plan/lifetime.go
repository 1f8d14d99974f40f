package plan

import (
	"slices"

	"github.com/quern-go/quern/kernels"
)

// finish finds where temporaries live and end, and which sources the output may
// replace.
func (p *planner) finish() {
	p.shareOutput()
	plan := p.plan
	last := make([]int, len(plan.Buffers))
	for i := range plan.Steps {
		for _, o := range slices.Concat(plan.Steps[i].Ins, plan.Steps[i].Outs) {
			last[o.Buffer] = i
		}
	}
	for b := range plan.Buffers {
		if plan.Buffers[b].Role == Temporary && plan.Buffers[b].Len > 0 {
			s := &plan.Steps[last[b]]
			s.Release = append(s.Release, b)
		}
	}
	for i := range plan.InPlace {
		plan.InPlace[i] = p.inPlace(i)
	}
}

// shareOutput puts a temporary that the last step reads exactly where it writes into
// the output's memory, if that step is a Map, prefixes or a sort.
func (p *planner) shareOutput() {
	plan := p.plan
	s := &plan.Steps[len(plan.Steps)-1]
	if !mayOverwrite(s.Kernel) {
		return
	}
	out := &plan.Buffers[plan.Output]
	for _, in := range s.Ins {
		b := &plan.Buffers[in.Buffer]
		if b.Role != Temporary || b.Type != out.Type || b.Len != out.Len || !s.readsInPlace(in.Buffer) {
			continue
		}
		for i := range plan.Steps {
			plan.Steps[i].replace(in.Buffer, plan.Output)
		}
		b.Len = 0 // it is no more
		return
	}
}

// mayOverwrite reports whether a kernel's output may lie where its input does.
func mayOverwrite(k kernels.Kernel) bool {
	switch k := k.(type) {
	case *kernels.Map:
		return true
	case *kernels.Scan:
		return k.Kind == kernels.ScanPrefix || k.Kind == kernels.ScanSort
	}
	return false
}

// replace puts one buffer in the place of another.
func (s *Step) replace(from, to int) {
	for _, list := range [][]Operand{s.Ins, s.Outs} {
		for i := range list {
			if list[i].Buffer == from {
				list[i].Buffer = to
			}
		}
	}
}

// readsInPlace reports whether the step, which has one output, reads the
// buffer nowhere but where it writes.
func (s *Step) readsInPlace(buffer int) bool {
	out := &s.Outs[0]
	for _, in := range s.Ins {
		if in.Buffer == buffer && (in.Offset != out.Offset || !equalInts(in.Strides, out.Strides)) {
			return false
		}
	}
	return true
}

// inPlace reports whether the output may lie where a source does.
func (p *planner) inPlace(source int) bool {
	plan := p.plan
	last := len(plan.Steps) - 1
	for i := range plan.Steps {
		s := &plan.Steps[i]
		if i < last && slices.ContainsFunc(s.Outs, func(o Operand) bool { return o.Buffer == plan.Output }) {
			return false
		}
	}
	s := &plan.Steps[last]
	buffer := slices.IndexFunc(plan.Buffers, func(b Buffer) bool { return b.Role == Input && b.Source == source })
	reads := slices.ContainsFunc(s.Ins, func(o Operand) bool { return o.Buffer == buffer })
	_, isMap := s.Kernel.(*kernels.Map)
	return !reads || isMap && s.readsInPlace(buffer)
}
