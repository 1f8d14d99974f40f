package cuda

import (
	"context"
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// stream is a stream of the driver, and behind it the tasks that wait for room
// in it. The device never has more than flightSeconds of work queued, so that Sync
// can drop the rest when its context ends.
//
// The lock makes it safe for another goroutine to wait for the stream's work when
// the device is out of memory or closed.
type stream struct {
	device *Device
	api    cu.API
	queue  cu.Stream
	call   *call
	stage  *stage // from the first transfer on

	mu     sync.Mutex
	closed bool
	failed error  // of queued work; the next Sync returns it
	tasks  []task // not yet, or not all, queued with the device

	flights       []flight
	inFlight      float64 // their predicted seconds
	loose         load    // of work queued since the last flight
	looseSeconds  float64
	looseLaunches int
	spare         []load // for reuse
}

// NewStream returns a queue.
func (d *Device) NewStream() (device.Stream, error) {
	if err := d.usable("new stream"); err != nil {
		return nil, err
	}
	s := &stream{device: d, api: d.api, call: new(call)}
	err := d.do(func() (err error) {
		s.queue, err = d.api.StreamCreate()
		return err
	})
	if err != nil {
		return nil, d.failure(fmt.Errorf("new stream: %s: %w", d.info.Selector(), err))
	}
	if !d.enter(s) {
		_ = d.do(func() error { return d.api.StreamDestroy(s.queue) })
		return nil, d.usable("new stream")
	}
	return s, nil
}

func (s *stream) usable(op string) error {
	if s.closed {
		return fmt.Errorf("%s: %s: stream: %w", op, s.device.info.Selector(), device.ErrClosed)
	}
	return s.device.usable(op)
}

func (s *stream) error(op string, err error) error {
	return s.device.failure(fmt.Errorf("%s: %s: %w", op, s.device.info.Selector(), err))
}

// Launch queues the program: with the device, as far as there is room.
func (s *stream) Launch(p device.Program, args *device.Args) error {
	prog, ok := p.(*program)
	if !ok || prog.device != s.device {
		return fmt.Errorf("launch: %s: the program was compiled by another device", s.device.info.Selector())
	}
	if err := s.device.usable("launch"); err != nil {
		return err
	}
	// Planning may allocate and so wait for every stream: the lock comes after it.
	l, err := prog.prepare(args)
	if err != nil {
		return s.error("launch", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.accepts("launch"); err != nil {
		l.release()
		return err
	}
	if err := s.device.begin(); err != nil {
		l.release()
		return s.error("launch", err)
	}
	defer s.device.end()
	s.tasks = append(s.tasks, task{launch: l})
	s.advance()
	if s.failed != nil {
		return s.error("launch", s.failed)
	}
	return nil
}

// accepts says why the stream takes no work: it is closed, or work has failed and
// Sync has not been told.
func (s *stream) accepts(op string) error {
	if err := s.usable(op); err != nil {
		return err
	}
	if s.failed != nil {
		return s.error(op, s.failed)
	}
	return nil
}

// advance queues tasks with the device while there is room. A copy to the host
// waits for Sync.
func (s *stream) advance() {
	for len(s.tasks) > 0 && s.tasks[0].launch != nil {
		if len(s.flights) > 0 {
			if err := s.retire(); err != nil {
				s.fail(err)
				return
			}
			if s.inFlight+s.looseSeconds >= flightSeconds {
				return
			}
		}
		done, err := s.slice(s.tasks[0].launch)
		if err != nil {
			s.fail(err)
			return
		}
		if done {
			s.pop()
		}
	}
}

// pop takes the first task, all of which is queued, out of the list.
func (s *stream) pop() {
	s.tasks[0].drop(s)
	n := copy(s.tasks, s.tasks[1:])
	s.tasks[n] = task{}
	s.tasks = s.tasks[:n]
}

// fail drops everything and keeps the error for Sync.
func (s *stream) fail(err error) {
	s.failed = err
	s.abandon()
	_ = s.finish() // err came first
}

// abandon drops the tasks that are not all queued.
func (s *stream) abandon() {
	for i := range s.tasks {
		s.tasks[i].drop(s)
	}
	s.tasks = s.tasks[:0]
}

// run does the tasks in the list until none is left, stopping when ctx ends.
// Work queued with the device may still be running when it returns nil.
func (s *stream) run(ctx context.Context) error {
	for s.failed == nil {
		s.advance()
		if len(s.tasks) == 0 || s.failed != nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		switch t := &s.tasks[0]; {
		case t.launch == nil:
			if err = s.read(ctx, t.dst, t.src); err == nil {
				s.pop()
			}
		case len(s.flights) > 0:
			err = s.awaitFlight()
		}
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.fail(err)
		}
	}
	return s.failed
}

// Sync does everything queued. When ctx ends it waits for the slices that the
// device has, some 60 ms, and drops the rest.
func (s *stream) Sync(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable("sync"); err != nil {
		return err
	}
	if err := s.device.begin(); err != nil {
		return s.error("sync", err)
	}
	defer s.device.end()
	err := ctx.Err()
	if err == nil {
		err = s.run(ctx)
	}
	s.abandon()
	if last := s.finish(); err == nil {
		err = last
	}
	s.failed = nil
	if err != nil {
		return s.error("sync", err)
	}
	return nil
}

// settle does everything queued and keeps a failure for Sync.
func (s *stream) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.device.begin() != nil {
		return
	}
	defer s.device.end()
	if s.run(context.Background()) != nil {
		return
	}
	if err := s.finish(); err != nil {
		s.failed = err
	}
}

// Close drops what is not yet queued with the device and waits for the rest.
func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.device.leave(s)
	err := s.device.begin()
	if err == nil {
		defer s.device.end()
	}
	s.abandon()
	_ = s.finish() // nobody waits for the results
	s.loose, s.spare = load{}, nil
	if s.stage != nil {
		s.device.stages.push(s.stage)
		s.stage = nil
	}
	if err == nil && !s.device.lost.Load() {
		err = s.api.StreamDestroy(s.queue)
	}
	if err != nil {
		return s.error("close stream", err)
	}
	return nil
}
