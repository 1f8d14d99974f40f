package kernels

import (
	"fmt"
	"math"
	"slices"
)

// Layout places an array's elements in memory: element (i0, i1, …) is at
// offset Offset + Σ i·Strides, counted in elements. Strides may be zero
// (broadcast) or negative.
type Layout struct {
	Shape   []int
	Strides []int
	Offset  int
}

// Contiguous is the row-major layout of a shape.
func Contiguous(shape ...int) Layout {
	strides := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= shape[i]
	}
	return Layout{Shape: shape, Strides: strides}
}

// Size is the number of elements of a shape, or an error if a length is
// negative or the size in bytes at 8 bytes an element would overflow an int.
func Size(shape []int) (int, error) {
	n := 1
	zero := false
	for _, d := range shape {
		if d < 0 {
			return 0, fmt.Errorf("shape %v: negative length %d", shape, d)
		}
		zero = zero || d == 0
		if d != 0 {
			if n > math.MaxInt/8/d {
				return 0, fmt.Errorf("shape %v: too many elements", shape)
			}
			n *= d
		}
	}
	if zero {
		return 0, nil
	}
	return n, nil
}

// Len is the number of elements; the shape must be one that Size accepts.
func (l Layout) Len() int {
	n := 1
	for _, d := range l.Shape {
		n *= d
	}
	return n
}

// IsContiguous reports whether the elements lie one after another in row-major
// order.
func (l Layout) IsContiguous() bool {
	step := 1
	for i := len(l.Shape) - 1; i >= 0; i-- {
		if l.Shape[i] != 1 && l.Strides[i] != step {
			return false
		}
		step *= l.Shape[i]
	}
	return true
}

// Permute reorders the axes: axis i of the result is axis perm[i] of l.
func (l Layout) Permute(perm []int) Layout {
	out := Layout{Shape: make([]int, len(perm)), Strides: make([]int, len(perm)), Offset: l.Offset}
	for i, p := range perm {
		out.Shape[i], out.Strides[i] = l.Shape[p], l.Strides[p]
	}
	return out
}

// Broadcast stretches axes of length 1 and adds leading axes so that the shape
// becomes the given one, as NumPy does.
func (l Layout) Broadcast(shape []int) (Layout, error) {
	lead := len(shape) - len(l.Shape)
	if lead < 0 {
		return Layout{}, fmt.Errorf("shape %v does not broadcast to %v", l.Shape, shape)
	}
	out := Layout{Shape: slices.Clone(shape), Strides: make([]int, len(shape)), Offset: l.Offset}
	for i, d := range l.Shape {
		switch {
		case d == shape[lead+i]:
			out.Strides[lead+i] = l.Strides[i]
		case d != 1:
			return Layout{}, fmt.Errorf("shape %v does not broadcast to %v", l.Shape, shape)
		}
	}
	return out, nil
}

// Slice takes elements start, start+step, … (count of them) of one axis; the
// caller has checked that they exist.
func (l Layout) Slice(axis, start, step, count int) Layout {
	out := Layout{Shape: slices.Clone(l.Shape), Strides: slices.Clone(l.Strides), Offset: l.Offset}
	if count > 0 {
		out.Offset += start * l.Strides[axis]
	}
	out.Shape[axis] = count
	out.Strides[axis] *= step
	return out
}

// Reshape gives the same elements another shape of the same size without
// moving them; ok is false if the strides do not allow it.
func (l Layout) Reshape(shape []int) (out Layout, ok bool) {
	if l.IsContiguous() || l.Len() == 0 {
		out = Contiguous(slices.Clone(shape)...)
		out.Offset = l.Offset
		return out, true
	}
	out = Layout{Shape: slices.Clone(shape), Strides: make([]int, len(shape)), Offset: l.Offset}
	// Match runs of old axes with runs of new axes of equal size; within a run
	// the old axes must be mergeable into one.
	i, j := 0, 0
	for i < len(l.Shape) || j < len(shape) {
		i0, j0 := i, j
		np, op := 1, 1
		if i < len(l.Shape) {
			op = l.Shape[i]
			i++
		}
		if j < len(shape) {
			np = shape[j]
			j++
		}
		for op != np {
			if op < np {
				op *= l.Shape[i]
				i++
			} else {
				np *= shape[j]
				j++
			}
		}
		if !spreadRun(l.Shape[i0:i], l.Strides[i0:i], shape[j0:j], out.Strides[j0:j]) {
			return Layout{}, false
		}
	}
	return out, true
}

// spreadRun merges old axes into one and cuts it into the new axes.
func spreadRun(oldShape, oldStrides, newShape, newStrides []int) bool {
	step, have := 1, false
	next := 0
	for i := len(oldShape) - 1; i >= 0; i-- {
		if oldShape[i] == 1 {
			continue
		}
		if !have {
			step, have = oldStrides[i], true
		} else if oldStrides[i] != next {
			return false
		}
		next = oldStrides[i] * oldShape[i]
	}
	for j := len(newShape) - 1; j >= 0; j-- {
		newStrides[j] = step
		step *= newShape[j]
	}
	return true
}

// BroadcastShapes returns the shape that all the given shapes broadcast to.
func BroadcastShapes(shapes ...[]int) ([]int, error) {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
	}
	for _, s := range shapes {
		lead := rank - len(s)
		for i, d := range s {
			switch {
			case out[lead+i] == 1:
				out[lead+i] = d
			case d != 1 && d != out[lead+i]:
				return nil, fmt.Errorf("shapes %v do not broadcast together", shapes)
			}
		}
	}
	return out, nil
}
