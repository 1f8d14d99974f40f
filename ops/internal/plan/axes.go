package plan

import "github.com/quern-go/quern/kernels"

// groups says how the axes of an index space may be merged. In order: all, of
// which neighbours may become one (a Map's axes, a Reduce's kept ones, a
// Contract's batch axes and m); reduced, likewise; fixed, which stay.
type groups struct {
	all, reduced, fixed int
	// right is the PreB of a Contract, else nil. What it reads must not depend
	// on m, so that a batch axis on which it depends cannot become part of m.
	right *kernels.Body
}

// mergeAxes brings the index space to as few axes as the strides allow, and
// then gives the outputs strides over those axes only that they have.
func (s *Step) mergeAxes(g groups) {
	m := newMerger(s, g)
	for i := range g.all {
		m.take(i, g.right != nil && i == g.all-1)
	}
	if m.count == 0 && g.reduced == 0 {
		m.keep(-1)
	}
	kept := m.count
	m.start = m.count
	for i := g.all; i < g.all+g.reduced; i++ {
		m.take(i, false)
	}
	if g.reduced > 0 {
		if m.count == kept {
			m.keep(-1)
		}
		s.Reduced = m.count - kept
	}
	for i := g.all + g.reduced; i < len(s.Shape); i++ {
		m.keep(i)
	}
	s.Shape = m.shape
	for i, v := range m.vectors {
		*v = m.merged[i]
	}
	for i := range s.Indices {
		s.Indices[i].Shape = s.Shape
	}
	rank := len(s.Shape) - s.Reduced
	if c, ok := s.Kernel.(*kernels.Contract); ok {
		rank = c.OutRank(len(s.Shape))
	}
	for i := range s.Outs {
		s.Outs[i].Strides = s.Outs[i].Strides[:rank]
	}
}

// merger builds the new axes of a step.
type merger struct {
	old     []int
	vectors []*[]int // strides of every operand and index layout
	right   []bool   // the vector belongs to the right side of a Contract
	shape   []int
	merged  [][]int // per vector
	count   int     // axes so far
	start   int     // first axis of the group
}

func newMerger(s *Step, g groups) *merger {
	m := &merger{old: s.Shape}
	ins, indices := make(map[int]bool), make(map[int]bool)
	if g.right != nil {
		for _, in := range g.right.Insts {
			switch in.Op {
			case kernels.OpLoad:
				ins[int(in.Imm)] = true
			case kernels.OpIndex:
				indices[int(in.Imm)] = true
			}
		}
	}
	for i := range s.Ins {
		m.vectors, m.right = append(m.vectors, &s.Ins[i].Strides), append(m.right, ins[i])
	}
	for i := range s.Indices {
		m.vectors, m.right = append(m.vectors, &s.Indices[i].Strides), append(m.right, indices[i])
	}
	for i := range s.Outs {
		m.vectors, m.right = append(m.vectors, &s.Outs[i].Strides), append(m.right, false)
	}
	m.merged = make([][]int, len(m.vectors))
	return m
}

// take adds an old axis, or merges it with the last axis of the group. Axes of
// length 1 go, except m of a Contract.
func (m *merger) take(axis int, isM bool) {
	length := m.old[axis]
	switch {
	case length == 1 && !isM:
	case m.count > m.start && m.mergeable(axis, isM):
		last := m.count - 1
		m.shape[last] *= length
		if length > 1 {
			for i, v := range m.vectors {
				m.merged[i][last] = (*v)[axis]
			}
		}
	default:
		m.keep(axis)
	}
}

// mergeable reports whether the last new axis and an old one make one axis.
func (m *merger) mergeable(axis int, isM bool) bool {
	last, length := m.count-1, m.old[axis]
	for i, v := range m.vectors {
		if isM && m.right[i] && m.merged[i][last] != 0 {
			return false
		}
		if length > 1 && m.merged[i][last] != (*v)[axis]*length {
			return false
		}
	}
	return true
}

// keep adds an old axis as it is; −1 stands for one of length 1.
func (m *merger) keep(axis int) {
	length := 1
	if axis >= 0 {
		length = m.old[axis]
	}
	m.shape = append(m.shape, length)
	m.count++
	for i, v := range m.vectors {
		stride := 0
		if length > 1 {
			stride = (*v)[axis]
		}
		m.merged[i] = append(m.merged[i], stride)
	}
}
