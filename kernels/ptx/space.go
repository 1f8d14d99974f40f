package ptx

import (
	"math/bits"

	"github.com/quern-go/quern/kernels/grid"
)

// A space is an index space as a launch has it: its axes, outermost first, and
// what moves with its points, each as a view. Axes of length 1 are left out.
type space struct {
	n     [grid.MaxAxes + 2]int
	len   int
	views []view
}

// view is where an operand lies in an index space, in bytes (an index layout: in
// whole numbers): point (i0, i1, …) at at + Σ i·stride.
type view struct {
	at     int64
	stride [grid.MaxAxes + 2]int64
}

// add appends axes first … last-1 of a launch; strides[v] are the strides of
// view number v along the launch's axes, and unit[v] what one of them counts.
func (s *space) add(shape []int, first, last int, strides [][]int, units []int) {
	for axis := first; axis < last; axis++ {
		if shape[axis] == 1 {
			continue
		}
		s.n[s.len] = shape[axis]
		for v := range s.views {
			s.views[v].stride[s.len] = 0
			if axis < len(strides[v]) {
				s.views[v].stride[s.len] = int64(strides[v][axis]) * int64(units[v])
			}
		}
		s.len++
	}
}

// size is the number of points.
func (s *space) size() int {
	n := 1
	for _, d := range s.n[:s.len] {
		n *= d
	}
	return n
}

// flip turns the axes along which a view goes backwards.
func (s *space) flip(by int) {
	for axis := range s.len {
		if s.views[by].stride[axis] < 0 {
			for v := range s.views {
				w := &s.views[v]
				w.at += int64(s.n[axis]-1) * w.stride[axis]
				w.stride[axis] = -w.stride[axis]
			}
		}
	}
}

// sort moves the axes along which a view's strides are small inwards.
func (s *space) sort(by int) {
	stride := &s.views[by].stride
	for i := 1; i < s.len; i++ { // by insertion: the order of equals stays
		for j := i; j > 0 && abs(stride[j]) > abs(stride[j-1]); j-- {
			s.swap(j, j-1)
		}
	}
}

func (s *space) swap(i, j int) {
	s.n[i], s.n[j] = s.n[j], s.n[i]
	for v := range s.views {
		w := &s.views[v].stride
		w[i], w[j] = w[j], w[i]
	}
}

// merge makes one axis of neighbours that every view steps through alike.
func (s *space) merge() {
	to := 0
	for axis := 1; axis < s.len; axis++ {
		if s.mergeable(to, axis) {
			s.n[to] *= s.n[axis]
		} else {
			to++
			s.n[to] = s.n[axis]
		}
		for v := range s.views {
			s.views[v].stride[to] = s.views[v].stride[axis]
		}
	}
	if s.len > 0 {
		s.len = to + 1
	}
}

func (s *space) mergeable(outer, inner int) bool {
	for v := range s.views {
		w := &s.views[v]
		if w.stride[outer] != w.stride[inner]*int64(s.n[inner]) {
			return false
		}
	}
	return true
}

// split calls f for parts of the space of at most so many points each, which
// together are the space.
func (s *space) split(limit int, f func(*space) error) error {
	if s.size() <= limit {
		return f(s)
	}
	inner := s.size() / s.n[0]
	piece := max(1, limit/inner)
	for i := 0; i < s.n[0]; i += piece {
		part := s.part(0, i, min(piece, s.n[0]-i))
		if err := part.split(limit, f); err != nil {
			return err
		}
	}
	return nil
}

// part is count positions from start on along an axis; one position leaves no
// axis.
func (s *space) part(axis, start, count int) *space {
	p := &space{n: s.n, len: s.len, views: append([]view(nil), s.views...)}
	p.n[axis] = count
	for v := range p.views {
		p.views[v].at += int64(start) * p.views[v].stride[axis]
	}
	if count == 1 {
		p.remove(axis)
	}
	return p
}

func (s *space) remove(axis int) {
	copy(s.n[axis:s.len], s.n[axis+1:s.len])
	for v := range s.views {
		w := &s.views[v].stride
		copy(w[axis:s.len], w[axis+1:s.len])
	}
	s.len--
}

// divisor are the numbers by which the text divides a U32 by d ≥ 1:
//
//	t = mulhi(magic, x); x/d = (t + (x−t)>>1) >> shift, for d > 1
//
// (T. Granlund, P. L. Montgomery, "Division by invariant integers using
// multiplication", PLDI 1994, figure 4.1).
func divisor(d uint32) (magic, shift uint32) {
	l := bits.Len32(d - 1) // ⌈log2 d⌉
	magic64 := ((uint64(1)<<l)-uint64(d))<<32/uint64(d) + 1
	return uint32(magic64), uint32(max(l-1, 0))
}

func abs(x int64) int64 { return max(x, -x) }
