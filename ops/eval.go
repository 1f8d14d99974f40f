package ops

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"unsafe"

	"gonum.org/v1/gonum/mat"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/machine"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Data evaluates the array into a new slice, in row-major order.
func (a Array[T]) Data(ctx context.Context, opts ...Option) ([]T, error) {
	n := a.node()
	if n.Err != nil {
		return nil, n.Err
	}
	dst, err := result[T](n, opts)
	if err != nil {
		return nil, err
	}
	if err := into(ctx, n, typeOf[T](), bytesOf(dst), opts); err != nil {
		return nil, err
	}
	return dst, nil
}

// largeResult is the size, in bytes, from which a result is checked against the
// memory that is left: Go cannot recover from running out of it.
const largeResult = 256 << 20

// result allocates the slice for the values of an array. Its pages are not taken
// before they are written to, so the temporaries are counted here as well.
func result[E Float | int64](n *expr.Node, opts []Option) ([]E, error) {
	size := n.Size()
	bytes := size * int(unsafe.Sizeof(E(0)))
	if bytes >= largeResult {
		temporary, err := hostTemporaries(n, opts)
		if err != nil {
			return nil, err
		}
		if free, known := availableBytes(); known && int64(bytes) > free-int64(temporary) {
			return nil, fmt.Errorf("allocate the result: shape %v takes %d bytes and %d for temporaries, %d are available: %w",
				n.Shape, bytes, temporary, free, device.ErrOutOfMemory)
		}
	}
	return make([]E, size), nil
}

// checkRoom refuses results of so many elements, with bytes each, that memory does not
// hold: see largeResult.
func checkRoom(elements, bytes int) error {
	if elements < largeResult/bytes {
		return nil
	}
	if free, known := availableBytes(); known && int64(elements) > free/int64(bytes) {
		return fmt.Errorf("allocate the result: %d elements of %d bytes, %d bytes are available: %w", elements, bytes, free, device.ErrOutOfMemory)
	}
	return nil
}

var availableBytes = machine.AvailableBytes // replaced in tests

// hostTemporaries is the host memory, in bytes, that an evaluation takes beside
// sources and result.
func hostTemporaries(n *expr.Node, opts []Option) (int, error) {
	if n.Op == expr.Const || n.Op == expr.Source {
		return 0, nil
	}
	o := merge(opts)
	e := o.engineOrDefault()
	units, err := e.candidates(&o)
	if err != nil || units[0].wrapper == nil {
		return 0, err
	}
	b, err := e.bind(n, &o)
	if err != nil {
		return 0, err
	}
	return b.hostBytes(units[0])
}

// Into evaluates the array into dst, which has its size. dst may be the slice
// of one of the array's sources: y.Add(x).Into(ctx, ySlice) adds x to the slice
// in place, without another copy where each element is read only where it is
// written. After that, other arrays made from that slice must not be used; the
// evaluated one may, and sees the new elements.
func (a Array[T]) Into(ctx context.Context, dst []T, opts ...Option) error {
	n := a.node()
	if n.Err != nil {
		return n.Err
	}
	if len(dst) != n.Size() {
		return fmt.Errorf("into: a slice of %d elements for shape %v", len(dst), n.Shape)
	}
	return into(ctx, n, typeOf[T](), bytesOf(dst), opts)
}

// Scalar evaluates an array of one element.
func (a Array[T]) Scalar(ctx context.Context, opts ...Option) (T, error) {
	n := a.node()
	if n.Err != nil {
		return 0, n.Err
	}
	if n.Size() != 1 {
		return 0, fmt.Errorf("scalar: shape %v has %d elements, expected 1", n.Shape, n.Size())
	}
	word := scalars.Get().(*[8]byte) // a variable would be garbage: buffers refer to it
	defer scalars.Put(word)
	err := into(ctx, n, typeOf[T](), word[:n.Type.Size()], opts)
	return *(*T)(unsafe.Pointer(word)), err
}

// scalars is memory for results of one element.
var scalars = sync.Pool{New: func() any { return (*[8]byte)(unsafe.Pointer(new(uint64))) }}

// Eval evaluates the array and returns one whose value is in the memory of the
// device that computed it. That memory is freed when nothing refers to the
// result any more.
func (a Array[T]) Eval(ctx context.Context, opts ...Option) (result Array[T], err error) {
	n := a.node()
	if n.Err != nil {
		return a, n.Err
	}
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	o := merge(opts)
	if n.Op == expr.Const || n.Op == expr.Source {
		return a, o.check()
	}
	unit, buffer, err := o.engineOrDefault().evaluate(ctx, n, nil, &o)
	if err != nil {
		return Array[T]{}, err
	}
	return Array[T]{expr.NewSource(n.Type, newDeviceData(n.Type, unit, buffer), kernels.Contiguous(n.Shape...))}, nil
}

// Dense evaluates an array with two axes as a gonum matrix.
func (a Array[T]) Dense(ctx context.Context, opts ...Option) (*mat.Dense, error) {
	wide := Convert[float64](a)
	n := wide.node()
	if n.Err != nil {
		return nil, n.Err
	}
	if len(n.Shape) != 2 {
		return nil, fmt.Errorf("dense: shape %v, expected two axes", n.Shape)
	}
	rows, cols := n.Shape[0], n.Shape[1]
	if rows == 0 || cols == 0 {
		return nil, fmt.Errorf("dense: shape %v: gonum has no matrices without elements", n.Shape)
	}
	data, err := wide.Data(ctx, opts...)
	if err != nil {
		return nil, err
	}
	return mat.NewDense(rows, cols, data), nil
}

// Ints evaluates the positions into a new slice, in row-major order.
func (a IntArray) Ints(ctx context.Context, opts ...Option) ([]int, error) {
	n := expr.Check(a.n)
	if n.Err != nil {
		return nil, n.Err
	}
	wide, err := result[int64](n, opts)
	if err != nil {
		return nil, err
	}
	if err := into(ctx, n, kernels.I64, bytesOf(wide), opts); err != nil {
		return nil, err
	}
	return asInts(wide), nil
}

// asInts is the same memory where an int has 64 bits.
func asInts(wide []int64) []int {
	if strconv.IntSize == 64 {
		return unsafe.Slice((*int)(unsafe.Pointer(unsafe.SliceData(wide))), len(wide))
	}
	out := make([]int, len(wide))
	for i, x := range wide {
		out[i] = int(x)
	}
	return out
}

// Int evaluates a single position.
func (a IntArray) Int(ctx context.Context, opts ...Option) (int, error) {
	n := expr.Check(a.n)
	if n.Err == nil && n.Size() != 1 {
		return 0, fmt.Errorf("int: shape %v has %d elements, expected 1", n.Shape, n.Size())
	}
	list, err := a.Ints(ctx, opts...)
	if err != nil {
		return 0, err
	}
	return list[0], nil
}

// into evaluates n, of type t and len(dst) bytes, into dst.
func into(ctx context.Context, n *expr.Node, t kernels.DType, dst []byte, opts []Option) error {
	if n.Err != nil {
		return n.Err
	}
	o := merge(opts)
	if o.progress != nil && !meter.Known(ctx) {
		return watched(ctx, opts, func(ctx context.Context) error { return into(ctx, n, t, dst, opts) })
	}
	if o.planned != nil {
		p, err := explain(n, opts)
		if err != nil {
			return err
		}
		o.planned(p)
	}
	d, stored := n.Data.(*data)
	whole := stored && n.Layout.Offset == 0 && n.Layout.IsContiguous()
	if n.Op == expr.Const || whole {
		if err := o.check(); err != nil {
			return err
		}
	}
	switch {
	case whole:
		return d.read(ctx, dst, &o)
	case n.Op == expr.Const:
		fill(dst, t, n.Bits)
		return ctx.Err()
	}
	_, _, err := o.engineOrDefault().evaluate(ctx, n, dst, &o)
	runtime.KeepAlive(n)
	return err
}

// evaluate runs an expression: into dst, or if that is nil into device memory.
func (e *Engine) evaluate(ctx context.Context, n *expr.Node, dst []byte, o *Option) (*unit, device.Buffer, error) {
	b, err := e.bind(n, o)
	if err != nil {
		return nil, nil, err
	}
	units, err := e.candidates(o)
	if err != nil {
		return nil, nil, err
	}
	u := choose(b, units, len(dst))
	if b.entry.needsSplit(u) {
		own := *o // kept there, so that otherwise the caller's is no garbage
		return e.evaluateSplit(ctx, n, dst, &own)
	}
	e.evaluations.Add(1)
	buffer, err := b.evaluateOn(ctx, u, dst)
	if err != nil {
		u, buffer, err = e.evaluateElsewhere(ctx, b, units, failure{u, err}, dst, o)
	}
	return u, buffer, err
}

// evaluateOn runs a plan on one device. If the device runs out of memory, that is
// reclaimed, and if it does not help the evaluation is done in panels.
func (b *bound) evaluateOn(ctx context.Context, u *unit, dst []byte) (device.Buffer, error) {
	buffer, err := b.attempt(ctx, u, dst)
	if err == nil {
		return buffer, nil
	}
	if mayReclaim(err) {
		u.reclaim()
		buffer, err = b.attempt(ctx, u, dst)
	}
	if mayReclaim(err) && u.wrapper == nil {
		return b.evaluateSmaller(ctx, u, dst, err)
	}
	return buffer, err
}

// mayReclaim says whether a failure may be made good with more memory, or less.
func mayReclaim(err error) bool {
	return err != nil && errors.Is(err, device.ErrOutOfMemory) && !errors.Is(err, errOverwritten)
}

// attempt compiles the plan for a device, if that has not been done, and runs it,
// in panels if it would take too much memory as it is.
func (b *bound) attempt(ctx context.Context, u *unit, dst []byte) (device.Buffer, error) {
	if err := u.lostError(); err != nil {
		return nil, err
	}
	budget, fits := b.fits(u)
	switch {
	case !fits && u.wrapper == nil:
		return nil, fmt.Errorf("%d bytes are needed on %s: %w", b.deviceBytes(), u.name, device.ErrOutOfMemory)
	case !fits:
		return b.evaluateWithin(ctx, u, dst, budget)
	}
	c := b.entry.on(u)
	if c.err != nil {
		return nil, c.err
	}
	buffer, err := c.evaluate(ctx, b, dst)
	if err == nil && c.precision != kernels.Exact {
		b.engine.reduced.Add(1)
	}
	return buffer, err
}
