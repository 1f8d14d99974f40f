package ops

import (
	"context"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// partOf is a part of a source: a node whose data begin where the part does, so
// that parts at other positions have the same structure, and so the same plan.
func partOf(n *expr.Node, spans []expr.Span) *expr.Node {
	d, layout := n.Data.(*data), expr.SliceLayout(n.Layout, spans)
	if d.isFiled() {
		return packedPartOf(n, spans)
	}
	first, end := extent(layout)
	layout.Offset -= first
	part := &data{dtype: d.dtype, copies: new(copies), whole: d, start: first}
	if d.whole != nil {
		part.whole, part.start = d.whole, d.start+first
	}
	if d.host != nil {
		size := d.dtype.Size()
		part.host = d.host[first*size : end*size]
	}
	return expr.NewSource(n.Type, part, layout)
}

// packedPartOf is the same for a device with memory of its own, and for an array in a
// file: what is uploaded, or read, is the elements of the part alone, one after another.
func packedPartOf(n *expr.Node, spans []expr.Span) *expr.Node {
	d, layout := n.Data.(*data), n.Layout
	if d.packed != nil {
		d, layout = d.whole, *d.packed
	}
	if d.host == nil && d.file == nil {
		return partOf(n, spans)
	}
	layout = expr.SliceLayout(layout, spans)
	part := &data{dtype: d.dtype, copies: new(copies), whole: d, packed: &layout}
	return expr.NewSource(n.Type, part, kernels.Contiguous(layout.Shape...))
}

// pack is the elements that a layout shows, one after another: a copy, unless they are.
func pack(host []byte, t kernels.DType, l kernels.Layout) []byte {
	size := t.Size()
	if l.IsContiguous() {
		return host[l.Offset*size : (l.Offset+l.Len())*size]
	}
	out := make([]byte, 0, l.Len()*size)
	var visit func(axis, at int)
	visit = func(axis, at int) {
		switch {
		case axis == len(l.Shape):
			out = append(out, host[at*size:(at+1)*size]...)
		case axis == len(l.Shape)-1 && l.Strides[axis] == 1:
			out = append(out, host[at*size:(at+l.Shape[axis])*size]...)
		default:
			for i := range l.Shape[axis] {
				visit(axis+1, at+i*l.Strides[axis])
			}
		}
	}
	visit(0, l.Offset)
	return out
}

// extent is the first element that a layout shows and the one after the last.
func extent(l kernels.Layout) (first, end int) {
	first, end = l.Offset, l.Offset+1
	for i, d := range l.Shape {
		if step := (d - 1) * l.Strides[i]; step < 0 {
			first += step
		} else {
			end += step
		}
	}
	return first, end
}

// at returns the copy on a device, pinned, and where in it the array begins.
func (d *data) at(ctx context.Context, u *unit) (c *deviceCopy, start int, err error) {
	if d.whole != nil && d.packed == nil && (u.wrapper != nil || d.host == nil) {
		c, err = d.whole.on(ctx, u)
		return c, d.start, err
	}
	c, err = d.on(ctx, u)
	return c, 0, err
}

// unpack is the inverse of pack.
func unpack(host []byte, t kernels.DType, l kernels.Layout, from []byte) {
	size := t.Size()
	last := len(l.Shape) - 1
	var visit func(axis, at int)
	visit = func(axis, at int) {
		n := size
		switch {
		case axis == last && l.Strides[axis] == 1:
			n *= l.Shape[axis]
			fallthrough
		case axis > last:
			copy(host[at*size:at*size+n], from[:n])
			from = from[n:]
		default:
			for i := range l.Shape[axis] {
				visit(axis+1, at+i*l.Strides[axis])
			}
		}
	}
	visit(0, l.Offset)
}

// memory is the part of the program's memory that is read.
func (d *data) memory() []byte {
	if d.packed != nil && d.whole.host != nil {
		first, end := extent(*d.packed)
		return d.whole.host[first*d.dtype.Size() : end*d.dtype.Size()]
	}
	return d.host
}
