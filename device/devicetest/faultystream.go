package devicetest

import (
	"context"
	"sync/atomic"

	"github.com/quern-go/quern/device"
)

// faultyStream is a queue of a FaultyDevice.
type faultyStream struct {
	stream device.Stream
	dev    *FaultyDevice
	busy   atomic.Bool
	closed bool
	queued int
	fills  [][]byte // host memory that the queue is to write to
	late   error    // what the next Sync is to return
}

// enter begins a call; leave ends it.
func (s *faultyStream) enter(c Call) error {
	if !s.busy.CompareAndSwap(false, true) {
		return s.dev.wrong(c, "two goroutines use a stream at a time")
	}
	if s.closed {
		return s.leave(s.dev.wrong(c, "a closed stream"))
	}
	if err := s.call(c); err != nil {
		return s.leave(err)
	}
	return nil
}

// call counts a call and returns the error that it is to give now.
func (s *faultyStream) call(c Call) error {
	err := s.dev.enter(c)
	if late, ok := err.(lateError); ok {
		s.late = late.error
		return nil
	}
	return err
}

// due is the failure of something queued, once.
func (s *faultyStream) due() error {
	err := s.late
	s.late = nil
	s.dev.mu.Lock()
	defer s.dev.mu.Unlock()
	s.dev.lose(err)
	return err
}

func (s *faultyStream) leave(err error) error {
	s.busy.Store(false)
	return err
}

// queue counts what was queued without an error.
func (s *faultyStream) queue(err error, fills ...[]byte) error {
	if err == nil {
		s.queued++
		s.fills = append(s.fills, fills...)
		s.dev.count(func(c *Counts) { c.Queued++ })
	}
	return err
}

// forget empties the queue's accounts.
func (s *faultyStream) forget() {
	s.dev.count(func(c *Counts) { c.Queued -= s.queued })
	s.queued, s.fills = 0, nil
}

// spoil is what a failure leaves where there was to be a result.
func spoil(list ...[]byte) {
	for _, p := range list {
		for i := range p {
			p[i] = 0xa5
		}
	}
}

// Upload queues a copy, or fails.
func (s *faultyStream) Upload(dst device.Buffer, src []byte) error {
	if err := s.enter(CallUpload); err != nil {
		return err
	}
	b, err := s.dev.use(CallUpload, dst)
	if err != nil {
		return s.leave(err)
	}
	return s.leave(s.queue(s.stream.Upload(b.Buffer, src)))
}

// Download queues a copy, or fails.
func (s *faultyStream) Download(dst []byte, src device.Buffer) error {
	if err := s.enter(CallDownload); err != nil {
		spoil(dst)
		return err
	}
	b, err := s.dev.use(CallDownload, src)
	if err != nil {
		return s.leave(err)
	}
	return s.leave(s.queue(s.stream.Download(dst, b.Buffer), dst))
}

// Launch queues a program, or fails.
func (s *faultyStream) Launch(p device.Program, args *device.Args) error {
	if err := s.enter(CallLaunch); err != nil {
		return err
	}
	own, err := s.dev.program(CallLaunch, p)
	if err != nil {
		return s.leave(err)
	}
	inner, fills, err := s.args(args)
	if err != nil {
		return s.leave(err)
	}
	return s.leave(s.queue(s.stream.Launch(own, &inner), fills...))
}

// args are those of the wrapped device, and the host memory that they fill.
func (s *faultyStream) args(args *device.Args) (inner device.Args, fills [][]byte, err error) {
	inner = *args
	if inner.Ins, _, err = s.operands(args.Ins); err != nil {
		return inner, nil, err
	}
	inner.Outs, fills, err = s.operands(args.Outs)
	return inner, fills, err
}

// operands are those of the wrapped device, and the host memory among them.
func (s *faultyStream) operands(list []device.Operand) (out []device.Operand, host [][]byte, err error) {
	for _, o := range list {
		b, err := s.dev.use(CallLaunch, o.Buffer)
		if err != nil {
			return nil, nil, err
		}
		o.Buffer = b.Buffer
		out = append(out, o)
		if b.host != nil {
			host = append(host, b.host)
		}
	}
	return out, host, nil
}

// Sync waits for the queue, or drops it and fails.
func (s *faultyStream) Sync(ctx context.Context) error {
	err := s.enter(CallSync)
	if err == nil {
		if err = s.due(); err != nil {
			s.busy.Store(false)
		}
	}
	if err != nil {
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.stream.Sync(gone) // its error is the cancellation
		spoil(s.fills...)
		s.forget()
		return err
	}
	err = s.stream.Sync(ctx)
	s.forget()
	return s.leave(err)
}

// Close drops the queue.
func (s *faultyStream) Close() error {
	if !s.closed {
		s.closed = true
		s.forget()
		s.dev.count(func(c *Counts) { c.Streams-- })
	}
	return s.stream.Close()
}
