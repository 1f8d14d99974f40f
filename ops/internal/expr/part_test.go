package expr

import (
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
)

// TestPartsReachSources: what a part needs of its source, and that no more is
// cut off afterwards than a reshape makes necessary. (That the values are right is
// tested in ops.)
func TestPartsReachSources(t *testing.T) {
	source := func(shape ...int) *Node { return NewSource(kernels.F64, new(int), kernels.Contiguous(shape...)) }
	x := source(6, 8)
	product := NewContract("test", Step{Term: term.FMA}, x, source(8, 10), nil)
	for _, c := range []struct {
		name               string
		n                  *Node
		axis, start, count int
		shape              []int // of the part of the first source
		slices             int   // Slice nodes in the part
	}{
		{"elementwise", Call("exp", x), 0, 2, 3, []int{3, 8}, 0},
		{"broadcast", Binary(Add, source(8), x), 0, 2, 3, []int{8}, 0},
		{"rows of a product", product, 0, 2, 3, []int{3, 8}, 0},
		{"columns of a product", product, 1, 2, 3, []int{6, 8}, 0},
		{"kept axis", NewReduce(Sum, x, []int{1}), 0, 2, 3, []int{3, 8}, 0},
		{"transposed", Transpose(x, nil), 0, 2, 3, []int{6, 3}, 0},
		{"slice", SliceSpans(x, []Span{{5, -1, 6}, {0, 2, 4}}), 1, 1, 2, []int{6, 2}, 0},
		{"axis of length 1 added", ExpandDims(x, 0), 1, 2, 3, []int{3, 8}, 0},
		{"whole rows of a flat array", ReshapeTo(x, []int{48}), 0, 8, 16, []int{2, 8}, 0},
		{"some of a flat array", ReshapeTo(x, []int{48}), 0, 7, 10, []int{3, 8}, 1},
		{"within a row of a flat array", ReshapeTo(x, []int{48}), 0, 9, 3, []int{1, 3}, 0},
		{"split axis", ReshapeTo(x, []int{2, 3, 8}), 0, 1, 1, []int{3, 8}, 0},
		{"inner part of a split axis", ReshapeTo(x, []int{2, 3, 8}), 1, 1, 1, []int{6, 8}, 1},
	} {
		part := (&Parts{}).Along(c.n, c.axis, c.start, c.count)
		want := slices.Clone(c.n.Shape)
		want[c.axis] = c.count
		var first *Node
		cuts := 0
		Walk(part, func(n *Node) {
			if n.Op == Source && first == nil {
				first = n
			}
			if n.Op == Slice {
				cuts++
			}
		})
		if !slices.Equal(part.Shape, want) || !slices.Equal(first.Shape, c.shape) || cuts != c.slices {
			t.Errorf("%s: part %v of source %v, %d slices; expected %v, %v, %d", c.name, part.Shape, first.Shape, cuts, want, c.shape, c.slices)
		}
		if c.n.Reduce != part.Reduce {
			t.Errorf("%s: the part has another reduction", c.name)
		}
	}
}

// TestPartsKeepWhatIsWhole: shared parts stay shared, and what is needed whole
// stays the node it is.
func TestPartsKeepWhatIsWhole(t *testing.T) {
	x := NewSource(kernels.F64, new(int), kernels.Contiguous(6, 8))
	mean := NewReduce(Sum, x, []int{0})
	e := Call("exp", x)
	n := Binary(Add, Binary(Sub, e, mean), e)
	p := (&Parts{}).Along(n, 0, 2, 3)
	if p.Args[1] != p.Args[0].Args[0] || p.Args[0].Args[1] != mean {
		t.Error("a node was made twice, or one that need not be")
	}
	by := NewSource(kernels.F64, new(int), kernels.Contiguous(8))
	parts := &Parts{}
	parts.Replace(mean, by)
	if p := parts.Along(n, 0, 2, 3); p.Args[0].Args[1] != by {
		t.Error("the sum was not replaced")
	}
	if (&Parts{}).Whole(n) != n {
		t.Error("the whole is another node")
	}
}
