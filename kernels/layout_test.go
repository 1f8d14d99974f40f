package kernels

import (
	"math"
	"slices"
	"testing"
)

// offsets lists the offsets of all elements in row-major order.
func offsets(l Layout) []int {
	out := []int{l.Offset}
	for axis, n := range l.Shape {
		var next []int
		for _, o := range out {
			for i := range n {
				next = append(next, o+i*l.Strides[axis])
			}
		}
		out = next
	}
	return out
}

func TestLayoutTransforms(t *testing.T) {
	base := Contiguous(2, 3)
	row := Layout{Shape: []int{3}, Strides: []int{1}, Offset: 4}
	broadcast, err := row.Broadcast([]int{2, 3})
	if err != nil {
		t.Fatal(err)
	}
	column, err := Contiguous(2, 1).Broadcast([]int{2, 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		l    Layout
		want []int
	}{
		{"contiguous", base, []int{0, 1, 2, 3, 4, 5}},
		{"scalar", Contiguous(), []int{0}},
		{"empty", Contiguous(3, 0, 2), nil},
		{"transpose", base.Permute([]int{1, 0}), []int{0, 3, 1, 4, 2, 5}},
		{"new leading axis", broadcast, []int{4, 5, 6, 4, 5, 6}},
		{"stretched axis", column, []int{0, 0, 1, 1}},
		{"every other column", base.Slice(1, 0, 2, 2), []int{0, 2, 3, 5}},
		{"backwards", base.Slice(1, 2, -1, 3), []int{2, 1, 0, 5, 4, 3}},
		{"nothing", base.Slice(0, 2, 1, 0), nil},
	} {
		if got := offsets(c.l); !slices.Equal(got, c.want) {
			t.Errorf("%s: offsets %v, expected %v", c.name, got, c.want)
		}
		if c.l.Len() != len(c.want) {
			t.Errorf("%s: length %d, expected %d", c.name, c.l.Len(), len(c.want))
		}
	}
	if offsets(base)[5] != 5 || !base.IsContiguous() || base.Permute([]int{1, 0}).IsContiguous() {
		t.Error("a transform changed its receiver, or IsContiguous is wrong")
	}
	if l := (Layout{Shape: []int{1, 3}, Strides: []int{77, 1}}); !l.IsContiguous() {
		t.Error("the stride of an axis of length 1 counts")
	}
}

func TestReshape(t *testing.T) {
	base := Contiguous(2, 3, 4)
	for _, c := range []struct {
		name  string
		from  Layout
		shape []int
		ok    bool
	}{
		{"contiguous", base, []int{6, 4}, true},
		{"sliced rows merge", base.Slice(0, 0, 1, 2).Slice(1, 0, 1, 3), []int{24}, true},
		{"offset kept", base.Slice(0, 1, 1, 1), []int{12}, true},
		{"transposed splits", base.Permute([]int{2, 0, 1}), []int{2, 2, 2, 3}, true},
		{"transposed pair merges", base.Permute([]int{2, 0, 1}), []int{4, 6}, true},
		{"transposed does not merge", base.Permute([]int{0, 2, 1}), []int{24}, false},
		{"every other column", base.Slice(2, 0, 2, 2), []int{6, 2}, true},
		{"every other column is one axis", base.Slice(2, 0, 2, 2), []int{12}, true},
		{"gaps do not merge", base.Slice(2, 0, 1, 3), []int{18}, false},
		{"ones come and go", base.Permute([]int{0, 2, 1}), []int{1, 2, 1, 4, 3, 1}, true},
		{"backwards", base.Slice(2, 3, -1, 4), []int{6, 2, 2}, true},
		{"empty", Contiguous(0, 3), []int{5, 0}, true},
		{"scalar", Contiguous(), []int{1, 1}, true},
	} {
		got, ok := c.from.Reshape(c.shape)
		if ok != c.ok {
			t.Errorf("%s: ok = %v, expected %v", c.name, ok, c.ok)
			continue
		}
		if ok && (!slices.Equal(got.Shape, c.shape) || !slices.Equal(offsets(got), offsets(c.from))) {
			t.Errorf("%s: %v with offsets %v, expected %v", c.name, got, offsets(got), offsets(c.from))
		}
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		name  string
		shape []int
		want  int
		ok    bool
	}{
		{"scalar", nil, 1, true},
		{"matrix", []int{3, 4}, 12, true},
		{"empty", []int{3, 0}, 0, true},
		{"negative", []int{3, -1}, 0, false},
		{"overflow", []int{math.MaxInt / 8, 2}, 0, false},
		{"overflow hidden by a zero", []int{math.MaxInt, math.MaxInt, 0}, 0, false},
		{"negative after a zero", []int{0, -5}, 0, false},
	} {
		got, err := Size(c.shape)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%s: Size(%v) = %d, %v", c.name, c.shape, got, err)
		}
	}
}

func TestBroadcastShapes(t *testing.T) {
	for _, c := range []struct {
		shapes [][]int
		want   []int
		ok     bool
	}{
		{nil, []int{}, true},
		{[][]int{{2, 3}, {3}, {1, 1}}, []int{2, 3}, true},
		{[][]int{{4, 1}, {5}}, []int{4, 5}, true},
		{[][]int{{0}, {1}}, []int{0}, true},
		{[][]int{{0}, {2}}, nil, false},
		{[][]int{{2, 3}, {2}}, nil, false},
	} {
		got, err := BroadcastShapes(c.shapes...)
		if (err == nil) != c.ok || !slices.Equal(got, c.want) {
			t.Errorf("BroadcastShapes(%v) = %v, %v, expected %v", c.shapes, got, err, c.want)
		}
	}
	for _, c := range []struct{ from, to []int }{{[]int{2, 3}, []int{3}}, {[]int{2}, []int{3}}, {[]int{3, 1}, []int{2, 4}}} {
		if _, err := Contiguous(c.from...).Broadcast(c.to); err == nil {
			t.Errorf("%v broadcast to %v", c.from, c.to)
		}
	}
}
