package ptx_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/ptx"
	"github.com/quern-go/quern/kernels/ptx/interp"
)

// interpreted is a device that renders kernels as PTX and interprets it at Sync,
// so that the conformance suite runs on the texts.
type interpreted struct {
	pool   *device.Pool[span]
	target ptx.Target

	mu       sync.Mutex
	closed   bool
	memory   interp.Memory
	next     uint64
	programs map[string]*interpretedProgram
	rendered func(*ptx.Module)
	parsed   func(*interp.Program)
}

// span is a piece of device memory.
type span struct {
	addr  uint64
	bytes []byte
}

func newInterpreted(t ptx.Target) *interpreted {
	d := &interpreted{target: t, programs: make(map[string]*interpretedProgram), next: 1 << 32}
	d.pool = device.NewPool[span](d, 64<<20)
	return d
}

// Allocate and Free make the device its pool's allocator. Pieces keep apart.
func (d *interpreted) Allocate(bytes int) (span, error) {
	if bytes > 1<<30 {
		return span{}, fmt.Errorf("%d bytes: %w", bytes, device.ErrOutOfMemory)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := span{d.next, make([]byte, bytes)}
	d.next += uint64(bytes+4095) / 4096 * 4096 * 2
	d.memory.Map(s.addr, s.bytes)
	return s, nil
}

func (d *interpreted) Free(s span, _ int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memory.Unmap(s.addr)
}

func (d *interpreted) Info() device.Info {
	return device.Info{Driver: "ptx", Name: "interpreter", Float64: true, Reproducible: true}
}

func (d *interpreted) Memory() device.MemoryStats { return d.pool.Stats() }
func (d *interpreted) Trim()                      { d.pool.Trim() }

// interpretedProgram renders its texts when a launch first needs them.
type interpretedProgram struct {
	dev     *interpreted
	kernel  kernels.Kernel
	mu      sync.Mutex
	modules map[int]*renderedModule // by bound on axes
}

type renderedModule struct {
	*ptx.Module
	texts []*interp.Program
}

func (p *interpretedProgram) Kernel() kernels.Kernel { return p.kernel }

func (p *interpretedProgram) module(axes int) (*renderedModule, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	axes = grid.AxesFor(axes)
	if m := p.modules[axes]; m != nil {
		return m, nil
	}
	m, err := ptx.Render(p.kernel, p.dev.target, axes)
	if err != nil {
		return nil, err
	}
	r := &renderedModule{Module: m}
	for _, e := range m.Entries {
		text, err := interp.Parse(e.Source)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, e.Source)
		}
		if p.dev.parsed != nil {
			p.dev.parsed(text)
		}
		r.texts = append(r.texts, text)
	}
	p.modules[axes] = r
	if p.dev.rendered != nil {
		p.dev.rendered(m)
	}
	return r, nil
}

func (d *interpreted) Compile(k kernels.Kernel) (device.Program, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, device.ErrClosed
	}
	p := d.programs[k.Key()]
	if p == nil {
		p = &interpretedProgram{dev: d, kernel: k, modules: make(map[int]*renderedModule)}
		if _, err := p.module(1); err != nil {
			return nil, err
		}
		d.programs[k.Key()] = p
	}
	return p, nil
}

func (d *interpreted) Alloc(bytes int) (device.Buffer, error) { return d.pool.Get(bytes) }

func (d *interpreted) NewStream() (device.Stream, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, device.ErrClosed
	}
	return &interpretedStream{dev: d}, nil
}

func (d *interpreted) Close() error {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.pool.Close()
	return nil
}

// interpretedStream keeps its queue until Sync.
type interpretedStream struct {
	dev   *interpreted
	queue []task
}

type task struct {
	run    func(context.Context) error
	blocks []*device.Block[span]
}

func (s *interpretedStream) enqueue(run func(context.Context) error, bufs ...device.Buffer) {
	t := task{run: run}
	for _, b := range bufs {
		block := b.(*device.Block[span])
		block.Retain()
		t.blocks = append(t.blocks, block)
	}
	s.queue = append(s.queue, t)
}

func bytesOf(b device.Buffer) []byte { return b.(*device.Block[span]).Memory().bytes }

func (s *interpretedStream) Upload(dst device.Buffer, src []byte) error {
	src = append([]byte(nil), src...)
	s.enqueue(func(context.Context) error { copy(bytesOf(dst), src); return nil }, dst)
	return nil
}

func (s *interpretedStream) Download(dst []byte, src device.Buffer) error {
	s.enqueue(func(context.Context) error { copy(dst, bytesOf(src)); return nil }, src)
	return nil
}

func (s *interpretedStream) Launch(p device.Program, args *device.Args) error {
	prog := p.(*interpretedProgram)
	m, err := prog.module(len(args.Shape))
	if err != nil {
		return err
	}
	var bufs []device.Buffer
	place := func(ops []device.Operand) (out []grid.Operand) {
		for _, op := range ops {
			bufs = append(bufs, op.Buffer)
			out = append(out, grid.Operand{Offset: op.Offset, Strides: append([]int(nil), op.Strides...)})
		}
		return out
	}
	var plan grid.Plan
	err = m.Plan(&grid.Args{
		Shape: append([]int(nil), args.Shape...), Reduced: args.Reduced, Ins: place(args.Ins), Outs: place(args.Outs),
		Indices: args.Indices, Params: append([]uint64(nil), args.Params...),
	}, &plan)
	if err != nil {
		return err
	}
	ins, outs := bufs[:len(args.Ins)], bufs[len(args.Ins):]
	s.enqueue(func(ctx context.Context) error {
		return s.dev.runPlan(ctx, m, &plan, ins, outs)
	}, bufs...)
	return nil
}

// runPlan interprets a plan's passes in order.
func (d *interpreted) runPlan(ctx context.Context, m *renderedModule, plan *grid.Plan, ins, outs []device.Buffer) error {
	scratch := make([]device.Buffer, len(plan.Scratch))
	for i, n := range plan.Scratch {
		b, err := d.Alloc(n)
		if err != nil {
			return err
		}
		defer b.Release()
		scratch[i] = b
	}
	memory := map[grid.BufferKind][]device.Buffer{grid.InputBuffer: ins, grid.OutputBuffer: outs, grid.ScratchBuffer: scratch}
	for i := range plan.Passes {
		p := &plan.Passes[i]
		var params [][]byte
		for _, ref := range p.Buffers {
			addr := memory[ref.Kind][ref.Number].(*device.Block[span]).Memory().addr
			params = append(params, le64(addr))
		}
		if p.Groups > 1<<14 {
			<-ctx.Done() // as good as computing it
			return ctx.Err()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		e := &m.Entries[p.Entry]
		if err := m.texts[p.Entry].Launch(e.Name, p.Groups, e.DynamicBytes, append(params, p.Block), &d.memory); err != nil {
			return fmt.Errorf("pass %d: %w\n%s", i, err, e.Source)
		}
	}
	return nil
}

func le64(v uint64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(v >> (8 * i))
	}
	return b
}

func (s *interpretedStream) Sync(ctx context.Context) error {
	queue := s.queue
	s.queue = nil
	var errs []error
	for _, t := range queue {
		if len(errs) == 0 {
			if err := ctx.Err(); err != nil {
				errs = append(errs, err)
			} else if err := t.run(ctx); err != nil {
				errs = append(errs, err)
			}
		}
		for _, b := range t.blocks {
			b.Drop()
		}
	}
	return errors.Join(errs...)
}

func (s *interpretedStream) Close() error {
	for _, t := range s.queue {
		for _, b := range t.blocks {
			b.Drop()
		}
	}
	s.queue = nil
	return nil
}
