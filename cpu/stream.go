package cpu

import (
	"context"
	"fmt"
	"math/bits"
	"runtime/debug"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/exec"
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
)

// program is a compiled kernel.
type program struct {
	device *Device
	kernel kernels.Kernel
	ins    []kernels.DType
	outs   []kernels.DType
	run    runner
}

func (p *program) Kernel() kernels.Kernel { return p.kernel }

// runner computes a kernel. It may keep scratch memory between calls, for several
// at once, and stops between blocks with ctx's error when ctx ends.
type runner interface {
	run(ctx context.Context, l *launch) error
}

// launch is one launch with memory in place of buffers.
type launch struct {
	args exec.Args

	crew  *exec.Crew   // the stream's
	owner *blockRunner // of block
	block exec.Launch
}

// stream is a queue of work that Sync does.
type stream struct {
	device *Device
	crew   *exec.Crew // from the first Sync to Close
	queue  []task
	closed bool
}

// task is a launch or, with program nil, a copy to the host. Its slices are
// reused from one filling of the queue to the next.
type task struct {
	program *program
	launch  launch
	held    []*block // referenced until the task is done
	dst     []byte
	src     []byte
}

// NewStream returns a queue.
func (d *Device) NewStream() (device.Stream, error) {
	if d.closed.Load() {
		return nil, fmt.Errorf("new stream: cpu: %w", device.ErrClosed)
	}
	return &stream{device: d}, nil
}

func (s *stream) check(op string) error {
	if s.closed || s.device.closed.Load() {
		return fmt.Errorf("%s: cpu: %w", op, device.ErrClosed)
	}
	return nil
}

// Upload does the work queued before it, which may read dst, then copies.
func (s *stream) Upload(dst device.Buffer, src []byte) error {
	if err := s.check("upload"); err != nil {
		return err
	}
	p, err := s.bytes("upload", dst, len(src))
	if err != nil {
		return err
	}
	if err := s.Sync(context.Background()); err != nil {
		return err
	}
	return s.copy(context.Background(), p, src)
}

// Download queues a copy.
func (s *stream) Download(dst []byte, src device.Buffer) error {
	if err := s.check("download"); err != nil {
		return err
	}
	p, err := s.bytes("download", src, len(dst))
	if err != nil {
		return err
	}
	t := s.next()
	t.program, t.dst, t.src = nil, dst, p
	t.hold(src)
	return nil
}

func (s *stream) bytes(op string, b device.Buffer, n int) ([]byte, error) {
	p, err := hostBytes(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if n > len(p) {
		return nil, fmt.Errorf("%s: cpu: %d bytes, the buffer has %d", op, n, len(p))
	}
	return p[:n], nil
}

// copyChunk is how many bytes of a copy one worker takes at a time.
const copyChunk = 4 << 20

// copy moves large blocks with all workers: one core does not reach the memory's
// bandwidth, and pages are faulted in by all.
func (s *stream) copy(ctx context.Context, dst, src []byte) error {
	if len(src) <= copyChunk {
		copy(dst, src)
		return nil
	}
	return s.device.pool.Run(ctx, len(src), copyChunk, func(_, lo, hi int) { copy(dst[lo:hi], src[lo:hi]) })
}

// next is a task at the end of the queue, with the slices of an earlier one.
func (s *stream) next() *task {
	if len(s.queue) < cap(s.queue) {
		s.queue = s.queue[:len(s.queue)+1]
	} else {
		s.queue = append(s.queue, task{})
	}
	t := &s.queue[len(s.queue)-1]
	t.held = t.held[:0]
	return t
}

// hold keeps a buffer's memory until the task is done.
func (t *task) hold(b device.Buffer) {
	if b, ok := b.(*block); ok {
		b.Retain()
		t.held = append(t.held, b)
	}
}

func (t *task) drop() {
	for _, b := range t.held {
		b.Drop()
	}
	t.held, t.dst, t.src = t.held[:0], nil, nil
	t.launch.args.Forget() // an idle queue must not keep memory alive
}

// Launch queues the program.
func (s *stream) Launch(p device.Program, args *device.Args) error {
	if err := s.check("launch"); err != nil {
		return err
	}
	prog, ok := p.(*program)
	if !ok || prog.device != s.device {
		return fmt.Errorf("launch: cpu: the program was compiled by another device")
	}
	t := s.next()
	if err := t.set(prog, args); err != nil {
		t.drop()
		s.queue = s.queue[:len(s.queue)-1]
		return fmt.Errorf("launch: %w", err)
	}
	return nil
}

// set copies the arguments. Of those that the task had before, only what has changed: a
// plan that runs again brings other memory and nothing else, which Kind says.
func (t *task) set(p *program, args *device.Args) error {
	t.program = p
	l := &t.launch.args
	kind := l.Kind
	l.Kind = 0 // should the arguments not be what is expected
	if !slices.Equal(l.Shape, args.Shape) || l.Reduced != args.Reduced {
		l.Shape, l.Reduced, kind = append(l.Shape[:0], args.Shape...), args.Reduced, 0
	}
	if !slices.EqualFunc(l.Indices, args.Indices, sameIndices) {
		l.Indices, kind = copyIndices(l.Indices, args.Indices), 0
	}
	l.Params = append(l.Params[:0], args.Params...)
	var sameIns, sameOuts bool
	var err error
	if l.Ins, sameIns, err = t.operands(l.Ins, args.Ins, p.ins); err != nil {
		return err
	}
	if l.Outs, sameOuts, err = t.operands(l.Outs, args.Outs, p.outs); err != nil {
		return err
	}
	if kind == 0 || !sameIns || !sameOuts {
		kind = p.device.kinds.Add(1)
	}
	l.Kind = kind
	return nil
}

// sameIndices compares what is used of index layouts.
func sameIndices(a, b kernels.Layout) bool {
	return a.Offset == b.Offset && slices.Equal(a.Strides, b.Strides)
}

// copyIndices copies it.
func copyIndices(to, from []kernels.Layout) []kernels.Layout {
	to = slices.Grow(to[:0], len(from))[:len(from)]
	for i := range from {
		to[i].Offset, to[i].Strides = from[i].Offset, append(to[i].Strides[:0], from[i].Strides...)
	}
	return to
}

// operands puts operands in the place of those before; same says that they have the
// same strides.
func (t *task) operands(to []exec.Array, from []device.Operand, types []kernels.DType) (list []exec.Array, same bool, err error) {
	if len(from) != len(types) {
		return to, false, fmt.Errorf("cpu: %d operands given, the kernel has %d", len(from), len(types))
	}
	same = len(to) == len(from)
	to = slices.Grow(to[:0], len(from))[:len(from)]
	for i := range from {
		o, op, size := &from[i], &to[i], types[i].Size()
		p, err := hostBytes(o.Buffer)
		if err != nil {
			return to, false, err
		}
		t.hold(o.Buffer)
		op.Base = unsafe.Add(unsafe.Pointer(unsafe.SliceData(p)), o.Offset*size)
		op.Len = len(p)>>bits.TrailingZeros(uint(size)) - o.Offset // sizes are powers of 2
		if !slices.Equal(op.Strides, o.Strides) {
			op.Strides, same = append(op.Strides[:0], o.Strides...), false
		}
	}
	return to, same, nil
}

// Sync does everything queued, in order. After an error the rest is dropped.
func (s *stream) Sync(ctx context.Context) error {
	if err := s.check("sync"); err != nil {
		s.clear()
		return err
	}
	told := meter.Of(ctx) != nil
	for i := range s.queue {
		step := ctx
		if told {
			step = meter.Step(ctx, i)
		}
		if err := s.do(step, &s.queue[i]); err != nil {
			s.clear()
			return err
		}
	}
	s.clear()
	return nil
}

// do does one task. A panic is a bug in this package and ends the launch alone.
func (s *stream) do(ctx context.Context, t *task) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cpu: launch failed: %v\n%s", r, debug.Stack())
		}
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.program == nil {
		return s.copy(ctx, t.dst, t.src)
	}
	if s.crew == nil {
		crew, ok := s.device.crews.Pop()
		if !ok {
			crew = exec.NewCrew(s.device.pool, s.device.table)
		}
		s.crew = crew
	}
	t.launch.crew = s.crew
	if err := t.program.run.run(ctx, &t.launch); err != nil {
		return err
	}
	return ctx.Err() // it may have stopped on its way
}

// clear empties the queue and lets go of its buffers.
func (s *stream) clear() {
	for i := range s.queue {
		s.queue[i].drop()
	}
	s.queue = s.queue[:0]
}

// Close drops what is queued. Closing twice is harmless.
func (s *stream) Close() error {
	s.clear()
	s.closed = true
	for _, t := range s.queue[:cap(s.queue)] {
		if l := &t.launch; l.owner != nil {
			l.owner.free.Push(l.block)
		}
	}
	s.queue = nil
	if s.crew != nil {
		s.device.crews.Push(s.crew)
		s.crew = nil
	}
	return nil
}
