package scratch

import "github.com/quern-go/quern/kernels"

// runs calls f for the elements that a layout shows, in row-major order, as runs of
// elements that lie one after another.
func runs(l kernels.Layout, f func(at, count int) error) error {
	outer, count := outerAxes(l)
	var visit func(axis, at int) error
	visit = func(axis, at int) error {
		if axis == outer {
			return f(at, count)
		}
		for i := range l.Shape[axis] {
			if err := visit(axis+1, at+i*l.Strides[axis]); err != nil {
				return err
			}
		}
		return nil
	}
	return visit(0, l.Offset)
}

// outerAxes is how many leading axes there are before those whose elements make one
// run, and how many elements that has.
func outerAxes(l kernels.Layout) (outer, count int) {
	outer, count = len(l.Shape), 1
	for outer > 0 && (l.Shape[outer-1] == 1 || l.Strides[outer-1] == count) {
		outer--
		count *= l.Shape[outer]
	}
	return outer, count
}

// apart is the distance from one run to the next, in elements.
func apart(l kernels.Layout) int {
	outer, count := outerAxes(l)
	if outer == 0 {
		return count
	}
	return max(l.Strides[outer-1], -l.Strides[outer-1])
}

// Runs is how many runs of elements a layout has that lie one after another.
func Runs(l kernels.Layout) int {
	_, count := outerAxes(l)
	return l.Len() / count
}
