package ops

import (
	"context"
	"errors"
	"fmt"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
	"github.com/quern-go/quern/ops/internal/scratch"
)

// filedValue is an array that lies in a file; parts of it are read when they are needed.
func filedValue(t kernels.DType, shape []int, f *scratch.File) *expr.Node {
	layout := kernels.Contiguous(shape...)
	whole := &data{dtype: t, copies: new(copies), file: f}
	return expr.NewSource(t, &data{dtype: t, copies: new(copies), whole: whole, packed: &layout}, layout)
}

// standInFile is a source in the place of a value that will lie in a file.
func standInFile(n *expr.Node) *expr.Node { return filedValue(n.Type, n.Shape, new(scratch.File)) }

// isFiled reports whether the array lies in a file.
func (d *data) isFiled() bool { return d.whole != nil && d.whole.file != nil }

// load reads the array from its file into memory of the device.
func (d *data) load(ctx context.Context, u *unit) (device.Buffer, error) {
	b, err := u.alloc(d.bytes())
	if err != nil {
		return nil, err
	}
	host, err := u.hostBytes(b)
	if err == nil {
		err = d.whole.file.Read(ctx, host, d.dtype.Size(), *d.packed)
	}
	if err != nil {
		b.Release()
		return nil, err
	}
	return b, nil
}

// loads is how many bytes of a source are read from a file, in how many runs.
func loads(source any) (bytes, runs int) {
	d := source.(*data)
	if !d.isFiled() {
		return 0, 0
	}
	return d.bytes(), scratch.Runs(*d.packed)
}

// loadedBytes is the memory that sources take that are read from files.
func loadedBytes(sources []any) int {
	total := 0
	for _, s := range sources {
		if bytes, _ := loads(s); bytes > 0 {
			total += device.SizeClass(bytes)
		}
	}
	return total
}

// unload gives the memory back of sources that were read from files.
func (b *bound) unload() {
	for i := range b.sources {
		if d := b.source(i); d.isFiled() {
			d.copies.release()
		}
	}
}

// filed are nodes whose values have been stored in files.
type filed struct {
	nodes, by []*expr.Node
	files     []*scratch.File
	share     float64 // of all work that they took
}

// parts replaces the nodes.
func (f *filed) parts(source panel.Source) *expr.Parts {
	p := &expr.Parts{Source: source}
	for i, n := range f.nodes {
		p.Replace(n, f.by[i])
	}
	return p
}

func (f *filed) close() error {
	var errs []error
	for _, file := range f.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}

// storeInFiles computes nodes of an expression one after another.
func (x *pieces) storeInFiles(ctx context.Context, root *expr.Node, nodes []*expr.Node, budget int) (*filed, error) {
	f, all := new(filed), panel.Work(root)
	for _, n := range nodes {
		file, err := scratch.Create(n.Bytes())
		if err != nil {
			return f, fmt.Errorf("store the %s of shape %v: %w", n.Op, n.Shape, err)
		}
		f.files = append(f.files, file)
		rest, done := f.parts(x.source).Whole(n), f.share
		f.share = min(0.99, done+over(panel.Work(rest), all))
		if err := x.storeInFile(meter.Part(ctx, done, f.share), rest, file, budget); err != nil {
			return f, fmt.Errorf("store the %s of shape %v: %w", n.Op, n.Shape, err)
		}
		f.nodes, f.by = append(f.nodes, n), append(f.by, filedValue(n.Type, n.Shape, file))
	}
	return f, nil
}

// storeInFile computes n panel by panel into a file.
func (x *pieces) storeInFile(ctx context.Context, n *expr.Node, file *scratch.File, budget int) error {
	return x.eachPanel(ctx, n, budget, func(ctx context.Context, h hostPanel) error {
		return file.Write(ctx, h.bytes, n.Type.Size(), kernels.Contiguous(n.Shape...).Slice(h.axis, h.start, 1, h.count))
	})
}

// hostPanel is a panel in the program's memory: a range of an axis.
type hostPanel struct {
	bytes              []byte
	axis, start, count int
}

// eachPanel computes n panel by panel and hands each to f.
func (x *pieces) eachPanel(ctx context.Context, n *expr.Node, budget int, f func(ctx context.Context, h hostPanel) error) error {
	cut, err := x.cutter.ToFile(n, budget)
	if err != nil {
		return err
	}
	v, err := x.values(ctx, panel.NodesAt(n, cut.First), budget)
	defer v.release()
	if err != nil {
		return err
	}
	length := float64(n.Shape[cut.Axis])
	for start := 0; start < n.Shape[cut.Axis]; start += cut.Length {
		part := meter.Part(ctx, float64(start)/length, min(1, float64(start+cut.Length)/length))
		if err := x.eachOf(part, n, cut, v, start, f); err != nil {
			return err
		}
	}
	return nil
}

// eachOf computes one panel for f.
func (x *pieces) eachOf(ctx context.Context, n *expr.Node, cut *panel.Cut, v *stored, start int, f func(ctx context.Context, h hostPanel) error) error {
	count := min(cut.Length, n.Shape[cut.Axis]-start)
	bytes := n.Bytes() / n.Shape[cut.Axis] * count
	left := v.left - device.SizeClass(n.Bytes()/n.Shape[cut.Axis]*cut.Length)
	if x.unit.wrapper == nil {
		host := make([]byte, bytes)
		if err := x.panel(ctx, n, cut, v, target{host: host}, start, left); err != nil {
			return err
		}
		return f(ctx, hostPanel{host, cut.Axis, start, count})
	}
	buffer, err := x.alloc(bytes)
	if err != nil {
		return err
	}
	defer buffer.Release()
	if err := x.panel(ctx, n, cut, v, target{buffer: buffer}, start, left); err != nil {
		return err
	}
	host, err := x.unit.hostBytes(buffer)
	if err != nil {
		return err
	}
	return f(ctx, hostPanel{host[:bytes], cut.Axis, start, count})
}
