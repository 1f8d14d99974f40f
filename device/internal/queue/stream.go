package queue

import (
	"context"
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
)

// Stream is an in-order queue of a device: a Line, and before it the tasks that wait
// for room there. The device never has more than flightSeconds of work queued, so that
// Sync can drop the rest when its context ends.
//
// The lock makes it safe for another goroutine to wait for the stream's work when
// the device is out of memory or closed.
type Stream[M any] struct {
	owner *Owner[M]
	line  Line[M]

	mu     sync.Mutex
	closed bool
	failed error     // of queued work; the next Sync returns it
	tasks  []task[M] // not yet, or not all, queued with the device
	given  int       // launches since the last Sync

	flights       []flight[M]
	inFlight      float64 // their predicted seconds
	loose         load[M] // of work queued since the last flight
	looseSeconds  float64
	looseLaunches int
	spare         []load[M] // for reuse
}

// Open begins the use of a stream; false if the device has closed, and the line is
// still the caller's.
func (s *Stream[M]) Open(o *Owner[M], l Line[M]) bool {
	s.owner, s.line = o, l
	return o.enter(s)
}

// Backlog is the number of tasks that are not yet, or not all, queued with the device,
// and of marks with work before them that is not known to have ended.
func (s *Stream[M]) Backlog() (tasks, flights int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tasks), len(s.flights)
}

func (s *Stream[M]) usable(op string) error {
	if s.closed {
		return fmt.Errorf("%s: %s: stream: %w", op, s.owner.Info.Selector(), device.ErrClosed)
	}
	return s.owner.Usable(op)
}

// accepts says why the stream takes no work: it is closed, or work has failed and
// Sync has not been told.
func (s *Stream[M]) accepts(op string) error {
	if err := s.usable(op); err != nil {
		return err
	}
	if s.failed != nil {
		return s.owner.Error(op, s.failed)
	}
	return nil
}

// Enqueue queues a launch: with the device, as far as there is room.
func (s *Stream[M]) Enqueue(w Work[M]) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.accepts("launch"); err != nil {
		Release(w)
		return err
	}
	if err := s.line.Begin(); err != nil {
		Release(w)
		return s.owner.Error("launch", err)
	}
	defer s.line.End()
	s.tasks = append(s.tasks, task[M]{work: w})
	s.given++
	s.advance()
	if s.failed != nil {
		return s.owner.Error("launch", s.failed)
	}
	return nil
}

// Use calls f, which uses the line by itself; Close waits for it.
func (s *Stream[M]) Use(op string, f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(op); err != nil {
		return err
	}
	if err := s.line.Begin(); err != nil {
		return s.owner.Error(op, err)
	}
	defer s.line.End()
	return f()
}

// advance queues tasks with the device while there is room. A copy to the host
// waits for Sync.
func (s *Stream[M]) advance() {
	for len(s.tasks) > 0 && s.tasks[0].work != nil {
		if len(s.flights) > 0 {
			if err := s.retire(); err != nil {
				s.fail(err)
				return
			}
			if s.inFlight+s.looseSeconds >= flightSeconds {
				return
			}
		}
		done, err := s.slice(s.tasks[0].work)
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
func (s *Stream[M]) pop() {
	s.tasks[0].drop(s)
	n := copy(s.tasks, s.tasks[1:])
	s.tasks[n] = task[M]{}
	s.tasks = s.tasks[:n]
}

// fail drops everything and keeps the error for Sync.
func (s *Stream[M]) fail(err error) {
	s.failed = err
	s.abandon()
	_ = s.finish() // err came first
}

// abandon drops the tasks that are not all queued.
func (s *Stream[M]) abandon() {
	for i := range s.tasks {
		s.tasks[i].drop(s)
	}
	s.tasks = s.tasks[:0]
}

// run does the tasks in the list until none is left, stopping when ctx ends or the
// device is closed, which waits for the stream.
// Work queued with the device may still be running when it returns nil.
func (s *Stream[M]) run(ctx context.Context) error {
	for {
		s.tell(ctx)
		if more, err := s.step(ctx); !more || err != nil {
			return err
		}
	}
}

// tell says to the context's meter which launches, and slices of one, are queued.
func (s *Stream[M]) tell(ctx context.Context) {
	if meter.Of(ctx) == nil {
		return
	}
	waiting, share := 0, 0.0
	for i := range s.tasks {
		if w := s.tasks[i].work; w != nil {
			if waiting++; waiting == 1 {
				share = w.Base().share()
			}
		}
	}
	meter.Of(meter.Step(ctx, s.given-waiting)).Set(share)
}

// step queues the tasks for which there is room and waits until there is more, or
// makes the copy that is next; more says that tasks are left.
func (s *Stream[M]) step(ctx context.Context) (more bool, err error) {
	if s.failed == nil {
		s.advance()
	}
	if len(s.tasks) == 0 || s.failed != nil {
		return false, s.failed
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if s.owner.Closed() {
		return false, device.ErrClosed
	}
	switch t := &s.tasks[0]; {
	case t.work == nil:
		var idle bool
		if idle, err = s.line.Read(ctx, t.dst, t.src); err == nil {
			s.pop()
		}
		if idle && err == nil { // finish lets go of the blocks
			s.looseSeconds, s.looseLaunches = 0, 0
		}
	case len(s.flights) > 0:
		err = s.awaitFlight()
	}
	if err != nil && ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		s.fail(err)
	}
	return true, s.failed
}

// Sync does everything queued. When ctx ends it waits for the slices that the
// device has, some 60 ms, and drops the rest.
func (s *Stream[M]) Sync(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable("sync"); err != nil {
		return err
	}
	if err := s.line.Begin(); err != nil {
		return s.owner.Error("sync", err)
	}
	defer s.line.End()
	err := ctx.Err() // also where there is nothing left to do
	if err == nil {
		err = s.run(ctx)
	}
	s.abandon()
	if last := s.finish(); err == nil {
		err = last
	}
	s.failed, s.given = nil, 0
	s.line.Synced(err)
	if err != nil {
		return s.owner.Error("sync", err)
	}
	return nil
}

// settle does some of what is queued, and what is left when there are no more tasks;
// more says that there are. A failure is kept for Sync.
func (s *Stream[M]) settle() (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.line.Begin() != nil {
		return false
	}
	defer s.line.End()
	if more, err := s.step(context.Background()); more || err != nil {
		return more && err == nil
	}
	if err := s.finish(); err != nil {
		s.failed = err
	}
	return false
}

// Close drops what is not yet queued with the device and waits for the rest.
func (s *Stream[M]) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.owner.leave(s)
	begun := s.line.Begin()
	if begun == nil {
		defer s.line.End()
	}
	s.abandon()
	_ = s.finish() // nobody waits for the results
	s.loose, s.spare = load[M]{}, nil
	if err := s.line.Close(begun); err != nil {
		return s.owner.Error("close stream", err)
	}
	return nil
}
