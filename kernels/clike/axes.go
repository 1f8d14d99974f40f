package clike

import "github.com/quern-go/quern/kernels/grid"

// axis is one axis of the index space, or several that were merged into one:
// its strides are those of the innermost.
type axis struct {
	n      int
	source int // the innermost of the launch's axes in it
}

// axes are those of a launch, at most grid.MaxAxes.
type axes struct {
	list [grid.MaxAxes]axis
	len  int
}

// add appends axes first … last-1 of a shape but those of length 1.
func (a *axes) add(shape []int, first, last int) {
	for i := first; i < last; i++ {
		if shape[i] != 1 && a.len < grid.MaxAxes {
			a.list[a.len] = axis{shape[i], i}
			a.len++
		}
	}
}

func (a *axes) all() []axis { return a.list[:a.len] }

// size is the number of points.
func (a *axes) size() int {
	n := 1
	for _, x := range a.all() {
		n *= x.n
	}
	return n
}

// sort moves the axes along which strides are small inwards.
func (a *axes) sort(strides []int) {
	list := a.all()
	for i := 1; i < len(list); i++ { // by insertion: the order of equals stays
		for j := i; j > 0 && abs(strides[list[j].source]) > abs(strides[list[j-1].source]); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// merge makes one axis of neighbours that all views step through alike.
func (a *axes) merge(views [][]int) {
	if a.len == 0 {
		return
	}
	merged := a.len - 1 // position of the axis being grown, from the inside
	for i := a.len - 2; i >= 0; i-- {
		inner, outer := &a.list[merged], a.list[i]
		if mergeable(outer, *inner, views) {
			inner.n *= outer.n
			continue
		}
		merged--
		a.list[merged] = outer
	}
	copy(a.list[:], a.list[merged:a.len])
	a.len -= merged
}

func mergeable(outer, inner axis, views [][]int) bool {
	for _, strides := range views {
		if strides[outer.source] != strides[inner.source]*inner.n {
			return false
		}
	}
	return true
}

// pop takes the innermost axis away; of none, it is one of length 1.
func (a *axes) pop() axis {
	if a.len == 0 {
		return axis{1, -1}
	}
	a.len--
	return a.list[a.len]
}

// stride is an operand's stride along an axis.
func (x axis) stride(strides []int) int {
	if x.source < 0 || x.source >= len(strides) {
		return 0
	}
	return strides[x.source]
}

func abs(x int) int { return max(x, -x) }
