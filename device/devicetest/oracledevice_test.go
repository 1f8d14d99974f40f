package devicetest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// oracleDevice is the smallest device: it queues what it is told and computes
// it by the oracle at Sync. Its hooks make it wrong on purpose.
type oracleDevice struct {
	pool *device.Pool[[]byte]

	mu       sync.Mutex
	closed   bool
	programs map[string]device.Program

	compileHook func(kernels.Kernel) kernels.Kernel   // computes another kernel
	launchHook  func(kernels.Kernel, *oracle.Args)    // runs after each launch
	syncHook    func(context.Context) context.Context // sees another context
	leaks       bool                                  // Release does nothing
	hasty       bool                                  // uploads at once; queued work holds no buffers
}

type heap struct{}

func (heap) Allocate(bytes int) ([]byte, error) {
	if bytes > 1<<30 {
		return nil, fmt.Errorf("%d bytes: %w", bytes, device.ErrOutOfMemory)
	}
	return make([]byte, bytes), nil
}

func (heap) Free([]byte, int) {}

func newOracleDevice() *oracleDevice {
	return &oracleDevice{
		pool:     device.NewPool[[]byte](heap{}, 64<<20),
		programs: make(map[string]device.Program),
	}
}

func (d *oracleDevice) Info() device.Info {
	return device.Info{Driver: "oracle", Name: "kernels/oracle", Float64: true, Reproducible: true}
}

func (d *oracleDevice) Memory() device.MemoryStats { return d.pool.Stats() }
func (d *oracleDevice) Trim()                      { d.pool.Trim() }

type oracleProgram struct{ kernel, computed kernels.Kernel }

func (p *oracleProgram) Kernel() kernels.Kernel { return p.kernel }

func (d *oracleDevice) Compile(k kernels.Kernel) (device.Program, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, device.ErrClosed
	}
	if p := d.programs[k.Key()]; p != nil {
		return p, nil
	}
	p := &oracleProgram{k, k}
	if d.compileHook != nil {
		p.computed = d.compileHook(k)
	}
	if p.computed == nil {
		return nil, fmt.Errorf("compile: %w", errors.ErrUnsupported)
	}
	d.programs[k.Key()] = p
	return p, nil
}

// oracleBuffer is a block that may leak.
type oracleBuffer struct {
	*device.Block[[]byte]
	leaks bool
}

func (b *oracleBuffer) Release() {
	if !b.leaks {
		b.Block.Release()
	}
}

func (d *oracleDevice) Alloc(bytes int) (device.Buffer, error) {
	block, err := d.pool.Get(bytes)
	if err != nil {
		return nil, err
	}
	return &oracleBuffer{block, d.leaks}, nil
}

func (d *oracleDevice) NewStream() (device.Stream, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, device.ErrClosed
	}
	return &oracleStream{dev: d}, nil
}

func (d *oracleDevice) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.pool.Close()
	return nil
}

// oracleStream keeps its queue until Sync.
type oracleStream struct {
	dev   *oracleDevice
	queue []queued
}

// queued is one piece of work and the blocks it needs.
type queued struct {
	run    func(context.Context) error
	blocks []*device.Block[[]byte]
}

func (s *oracleStream) enqueue(run func(context.Context) error, bufs ...device.Buffer) error {
	q := queued{run: run}
	for _, b := range bufs {
		if block := b.(*oracleBuffer).Block; !s.dev.hasty {
			block.Retain()
			q.blocks = append(q.blocks, block)
		}
	}
	s.queue = append(s.queue, q)
	return nil
}

func (s *oracleStream) Upload(dst device.Buffer, src []byte) error {
	if s.dev.hasty {
		copy(dst.(*oracleBuffer).Memory(), src)
		return nil
	}
	src = append([]byte(nil), src...)
	return s.enqueue(func(context.Context) error {
		copy(dst.(*oracleBuffer).Memory(), src)
		return nil
	}, dst)
}

func (s *oracleStream) Download(dst []byte, src device.Buffer) error {
	return s.enqueue(func(context.Context) error {
		copy(dst, src.(*oracleBuffer).Memory())
		return nil
	}, src)
}

func (s *oracleStream) Launch(p device.Program, args *device.Args) error {
	prog := p.(*oracleProgram)
	oa, bufs := oracleArgs(prog.kernel, args)
	return s.enqueue(func(ctx context.Context) error {
		if n, err := kernels.Size(oa.Shape); err != nil || n > 1<<30 {
			<-ctx.Done() // as good as computing it
			return ctx.Err()
		}
		if err := oracle.Run(prog.computed, oa); err != nil {
			return err
		}
		if s.dev.launchHook != nil {
			s.dev.launchHook(prog.kernel, oa)
		}
		return nil
	}, bufs...)
}

// oracleArgs copies a launch's arguments over the buffers' memory.
func oracleArgs(k kernels.Kernel, args *device.Args) (*oracle.Args, []device.Buffer) {
	oa := &oracle.Args{
		Shape: append([]int{}, args.Shape...), Reduced: args.Reduced,
		Indices: args.Indices, Params: append([]uint64{}, args.Params...),
	}
	var bufs []device.Buffer
	convert := func(ops []device.Operand, types []kernels.DType) (out []oracle.Operand) {
		for i, op := range ops {
			b := op.Buffer.(*oracleBuffer)
			bufs = append(bufs, b)
			out = append(out, oracle.Operand{
				Array:  oracle.Array{Type: types[i], Bytes: b.Memory()[:b.Bytes()]},
				Offset: op.Offset, Strides: append([]int{}, op.Strides...),
			})
		}
		return out
	}
	oa.Ins, oa.Outs = convert(args.Ins, k.Inputs().Ins), convert(args.Outs, k.Outs())
	return oa, bufs
}

func (s *oracleStream) Sync(ctx context.Context) error {
	if s.dev.syncHook != nil {
		ctx = s.dev.syncHook(ctx)
	}
	queue := s.queue
	s.queue = nil
	var err error
	for _, q := range queue {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = q.run(ctx)
		}
		for _, b := range q.blocks {
			b.Drop()
		}
	}
	return err
}

func (s *oracleStream) Close() error {
	for _, q := range s.queue {
		for _, b := range q.blocks {
			b.Drop()
		}
	}
	s.queue = nil
	return nil
}
