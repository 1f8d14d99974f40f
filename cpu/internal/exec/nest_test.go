package exec

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// newNest is a space with index operands of the given strides.
func newNest(shape []int, strides ...[]int) *nest {
	ne := new(nest)
	ne.reset(shape, len(strides))
	for o, s := range strides {
		ne.place(o, operand{first: 1000, size: 8}, s)
	}
	return ne
}

// points lists, for every point in row-major order, what the operands are there.
func points(ne *nest) (list []string) {
	var walk func(axis int, at []uint64)
	walk = func(axis int, at []uint64) {
		if axis == len(ne.axes) {
			list = append(list, fmt.Sprint(at))
			return
		}
		for i := range ne.axes[axis].n {
			next := slices.Clone(at)
			for o := range next {
				next[o] += uint64(i * ne.axes[axis].s[o])
			}
			walk(axis+1, next)
		}
	}
	at := make([]uint64, len(ne.ops))
	for o := range at {
		at[o] = ne.ops[o].first
	}
	walk(0, at)
	return list
}

func TestSimplify(t *testing.T) {
	for _, c := range []struct {
		name    string
		shape   []int
		strides [][]int
		want    []int // lengths that remain
	}{
		{"scalar", []int{}, [][]int{{}}, []int{}},
		{"ones", []int{1, 1}, [][]int{{5, 7}}, []int{}},
		{"contiguous", []int{2, 3, 4}, [][]int{{12, 4, 1}, {12, 4, 1}}, []int{24}},
		{"broadcast row", []int{5, 4}, [][]int{{4, 1}, {0, 1}}, []int{5, 4}},
		{"broadcast over two", []int{2, 3, 4}, [][]int{{12, 4, 1}, {0, 0, 1}}, []int{6, 4}},
		{"transposed", []int{3, 4}, [][]int{{4, 1}, {1, 3}}, []int{3, 4}},
		{"one between", []int{3, 1, 4}, [][]int{{4, 99, 1}}, []int{12}},
		{"reversed as one", []int{3, 4}, [][]int{{-4, -1}}, []int{12}},
		{"spaced", []int{3, 4}, [][]int{{8, 2}}, []int{12}},
		{"gap", []int{3, 4}, [][]int{{5, 1}}, []int{3, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ne := newNest(c.shape, c.strides...)
			before := points(ne)
			n := ne.simplify(0, len(ne.axes))
			var got []int
			for _, a := range ne.axes {
				got = append(got, a.n)
			}
			if !slices.Equal(got, c.want) || n != len(c.want) {
				t.Errorf("%d axes %v, expected %v", n, got, c.want)
			}
			if !slices.Equal(points(ne), before) {
				t.Errorf("the points or their order have changed")
			}
		})
	}
}

// TestRearranging checks that no rearrangement loses or invents a point.
func TestRearranging(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		shape := make([]int, 1+rng.IntN(4))
		strides := [][]int{make([]int, len(shape)), make([]int, len(shape))}
		for i := range shape {
			shape[i] = 1 + rng.IntN(4)
			strides[0][i], strides[1][i] = rng.IntN(9)-4, rng.IntN(9)-4
		}
		ne := newNest(shape, strides...)
		before := points(ne)
		slices.Sort(before)
		ne.flip(0, 0, len(shape))
		ne.sort(0, 0, len(shape))
		for i := 1; i < len(ne.axes); i++ {
			if ne.axes[i].s[0] > ne.axes[i-1].s[0] || ne.axes[i].s[0] < 0 {
				t.Fatalf("strides of operand 0 are not in descending order: %v of %v", ne.axes, strides[0])
			}
		}
		ne.rotate(rng.IntN(len(shape) + 1))
		ne.toEnd(rng.IntN(len(shape)), len(shape))
		ne.simplify(0, len(ne.axes))
		after := points(ne)
		if slices.Sort(after); !slices.Equal(after, before) {
			t.Fatalf("shape %v, strides %v: other points than before", shape, strides)
		}
	}
}
