package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
)

// arena is a device with the arrays that the jobs of a group share in its memory.
type arena struct {
	dev     device.Device
	stream  device.Stream
	buffers map[string][]device.Buffer // of a name and type
	users   int
}

// openArena opens the group's device for one more job.
func (e *Env) openArena() (*arena, error) {
	if e.arena == nil {
		dev, err := device.Open(e.Selector)
		if err != nil {
			return nil, err
		}
		stream, err := dev.NewStream()
		if err != nil {
			return nil, errors.Join(err, dev.Close())
		}
		e.arena = &arena{dev: dev, stream: stream, buffers: make(map[string][]device.Buffer)}
	}
	e.arena.users++
	return e.arena, nil
}

// leaveArena closes the device after the last job.
func (e *Env) leaveArena() {
	a := e.arena
	if a.users--; a.users > 0 {
		return
	}
	e.arena = nil
	for _, list := range a.buffers {
		for _, b := range list {
			b.Release()
		}
	}
	_ = a.stream.Close() // nothing is queued
	_ = a.dev.Close()
}

// array is the arena's array of a name, with at least n elements; filled on first use if seed is not 0.
func (a *arena) array(ctx context.Context, name string, t kernels.DType, n int, seed int64) (device.Buffer, error) {
	name = fmt.Sprintf("%s of %s", name, t)
	for _, b := range a.buffers[name] {
		if b.Bytes() >= n*t.Size() {
			return b, nil
		}
	}
	b, err := a.dev.Alloc(n * t.Size())
	if err != nil {
		return nil, err
	}
	a.buffers[name] = append(a.buffers[name], b)
	if seed == 0 {
		return b, nil
	}
	k, err := drawKernel(mathfn.Uniform, t, seed)
	if err != nil {
		return nil, err
	}
	prog, err := a.dev.Compile(k)
	if err != nil {
		return nil, err
	}
	args := &device.Args{Shape: []int{n}, Outs: []device.Operand{{Buffer: b, Strides: []int{1}}}, Indices: []kernels.Layout{kernels.Contiguous(n)}}
	if err := a.stream.Launch(prog, args); err != nil {
		return nil, err
	}
	return b, a.stream.Sync(ctx)
}

// setup places the arrays and compiles the kernel.
func (r resident) setup(ctx context.Context, e *Env) (*Job, error) {
	k, err := r.kernel()
	if err != nil {
		return nil, err
	}
	if e.Precision != kernels.Exact {
		k = fast(k, e.Precision)
	}
	a, err := e.openArena()
	if err != nil {
		return nil, err
	}
	job, err := r.job(ctx, a, k)
	if err != nil {
		e.leaveArena()
		return nil, err
	}
	job.Close = e.leaveArena
	return job, nil
}

func (r resident) job(ctx context.Context, a *arena, k kernels.Kernel) (*Job, error) {
	prog, err := a.dev.Compile(k)
	if err != nil {
		return nil, err
	}
	l := r.layout(r.shape)
	args := &device.Args{Shape: r.shape, Reduced: r.reduced, Indices: indices(r.shape, l)}
	for i, strides := range l.ins {
		number := i
		if l.one {
			number = 0
		}
		b, err := a.array(ctx, "input "+string(rune('a'+number)), k.Inputs().Ins[i], extent(r.shape, strides), int64(number+1))
		if err != nil {
			return nil, err
		}
		args.Ins = append(args.Ins, device.Operand{Buffer: b, Strides: strides})
	}
	for i, strides := range l.outs {
		b, err := a.array(ctx, "output", k.Outs()[i], extent(r.shape, strides), 0)
		if err != nil {
			return nil, err
		}
		args.Outs = append(args.Outs, device.Operand{Buffer: b, Strides: strides})
	}
	job := &Job{
		Precision: device.PrecisionOf(prog),
		Run: func(ctx context.Context) error {
			for range r.launches {
				if err := a.stream.Launch(prog, args); err != nil {
					return err
				}
			}
			return a.stream.Sync(ctx)
		},
	}
	job.Check = func(ctx context.Context) error { return r.check(ctx, a, k, prog, job) }
	return job, nil
}

// extent is how many elements an operand of a shape spans.
func extent(shape, strides []int) int {
	n := 1
	for i, s := range strides {
		n += (shape[i] - 1) * s
	}
	return n
}

func indices(shape []int, l layout) []kernels.Layout {
	var out []kernels.Layout
	for _, strides := range l.indices {
		out = append(out, kernels.Layout{Shape: shape, Strides: strides})
	}
	return out
}

// check compares a small launch with the oracle: bit by bit, or, where products need not be exact, within their
// bound.
func (r resident) check(ctx context.Context, a *arena, k kernels.Kernel, prog device.Program, job *Job) error {
	l := r.layout(r.small)
	want := &oracle.Args{Shape: r.small, Reduced: r.reduced, Indices: indices(r.small, l)}
	got := &device.Args{Shape: r.small, Reduced: r.reduced, Indices: want.Indices}
	place := func(t kernels.DType, strides []int, seed uint64) (oracle.Operand, device.Operand, error) {
		array := oracle.NewArray(t, extent(r.small, strides))
		if seed > 0 {
			fillArray(array, seed)
		}
		b, err := a.dev.Alloc(len(array.Bytes))
		if err != nil {
			return oracle.Operand{}, device.Operand{}, err
		}
		if err := a.stream.Upload(b, array.Bytes); err != nil {
			b.Release()
			return oracle.Operand{}, device.Operand{}, err
		}
		return oracle.Operand{Array: array, Strides: strides}, device.Operand{Buffer: b, Strides: strides}, nil
	}
	for i, strides := range l.ins {
		o, d, err := place(k.Inputs().Ins[i], strides, uint64(i+1))
		if err != nil {
			return err
		}
		defer d.Buffer.Release()
		want.Ins, got.Ins = append(want.Ins, o), append(got.Ins, d)
	}
	for i, strides := range l.outs {
		o, d, err := place(k.Outs()[i], strides, 0)
		if err != nil {
			return err
		}
		defer d.Buffer.Release()
		want.Outs, got.Outs = append(want.Outs, o), append(got.Outs, d)
	}
	if err := oracle.Run(k, want); err != nil {
		return err
	}
	if err := a.stream.Launch(prog, got); err != nil {
		return err
	}
	for i, o := range want.Outs {
		p := make([]byte, len(o.Bytes))
		if err := a.stream.Download(p, got.Outs[i].Buffer); err != nil {
			return err
		}
		if err := a.stream.Sync(ctx); err != nil {
			return err
		}
		if job.Precision != kernels.Exact {
			if job.ErrorOfBound = errorOfBound(k.(*kernels.Contract), want, p); job.ErrorOfBound > 1 {
				return fmt.Errorf("a launch of shape %v: the error is %.3g of its bound", r.small, job.ErrorOfBound)
			}
			continue
		}
		if !bytes.Equal(p, o.Bytes) {
			return fmt.Errorf("output %d of a launch of shape %v differs from the oracle's", i, r.small)
		}
	}
	return nil
}

// fillArray writes uniform random numbers in [0, 1).
func fillArray(a oracle.Array, seed uint64) {
	x := make([]float64, a.Len())
	fill(x, seed)
	for i, v := range x {
		a.Set(i, kernels.FloatBits(a.Type, v))
	}
}
