package cuda

import (
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/cublas"
	"github.com/quern-go/quern/device/internal/queue"
)

// line is a stream of the driver as a stream's Line. A mark is the events before and
// after a launch.
type line struct {
	device *Device
	api    cu.API
	queue  cu.Stream
	call   *call
	stage  *stage        // from the first transfer on
	blas   cublas.Handle // from the first product by cuBLAS on
}

// Begin makes the device's context current.
func (s *line) Begin() error { return s.device.begin() }

// End undoes Begin.
func (s *line) End() { s.device.end() }

// mark records an event.
func (s *line) mark() (cu.Event, error) {
	e, ok := s.device.events.Pop()
	if !ok {
		var err error
		if e, err = s.api.EventCreate(); err != nil {
			return 0, err
		}
	}
	if err := s.api.EventRecord(e, s.queue); err != nil {
		s.putEvent(e)
		return 0, err
	}
	return e, nil
}

// around queues work: if it is marked, between two events.
func (s *line) around(marked bool, queued func() error) (m queue.Mark, err error) {
	if !marked {
		return m, queued()
	}
	start, err := s.mark()
	if err != nil {
		return m, err
	}
	if err := queued(); err != nil {
		s.putEvent(start)
		return m, err
	}
	end, err := s.mark()
	if err != nil {
		s.putEvent(start)
		return m, err
	}
	return queue.Mark{Start: uintptr(start), End: uintptr(end)}, nil
}

// putEvent keeps an event for reuse; 0 is none.
func (s *line) putEvent(e cu.Event) {
	if e != 0 {
		s.device.events.Push(e)
	}
}

// Ended asks for the event after a launch, and for the time since that before it.
func (s *line) Ended(m queue.Mark) (ended bool, took time.Duration, err error) {
	ended, err = s.api.EventQuery(cu.Event(m.End))
	if err != nil || !ended {
		return false, 0, err
	}
	seconds, err := s.api.EventElapsedTime(cu.Event(m.Start), cu.Event(m.End))
	if err != nil {
		return true, 0, nil // the pace stays what it was
	}
	return true, time.Duration(seconds * float64(time.Second)), nil
}

// Wait waits for the event after a launch.
func (s *line) Wait(m queue.Mark) error { return await(s.api, cu.Event(m.End)) }

// Forget keeps the events for reuse.
func (s *line) Forget(m queue.Mark) {
	s.putEvent(cu.Event(m.Start))
	s.putEvent(cu.Event(m.End))
}

// spinTime is how long a thread looks again and again for an event before it goes
// to sleep, from which it wakes some 20 µs late.
const spinTime = 100 * time.Microsecond

// spin asks whether something is done until it is, or spinTime has passed.
func spin(ask func() (bool, error)) (done bool, err error) {
	for start := time.Now(); ; {
		if done, err = ask(); done || err != nil || time.Since(start) >= spinTime {
			return done, err
		}
	}
}

// await waits for an event.
func await(api cu.API, e cu.Event) error {
	done, err := spin(func() (bool, error) { return api.EventQuery(e) })
	if done || err != nil {
		return err
	}
	return api.EventSynchronize(e)
}

// Finish waits for everything queued. Short work is waited for by looking at the stream:
// an event behind it would cost the host as much as a launch. It takes one to sleep.
func (s *line) Finish() error {
	if s.device.lost.Load() {
		return device.ErrLost
	}
	done, err := spin(func() (bool, error) { return s.api.StreamQuery(s.queue) })
	if done || err != nil {
		return err
	}
	last, err := s.mark()
	if err != nil {
		return err
	}
	defer s.putEvent(last)
	return s.api.EventSynchronize(last)
}

// Quiesce waits for the device after something has failed. A device of which it
// cannot be known whether it still works is lost.
func (s *line) Quiesce() {
	if s.device.lost.Load() {
		return
	}
	if err := s.api.StreamSynchronize(s.queue); err != nil {
		s.device.lost.Store(true)
	}
}

// Synced has nothing to do.
func (s *line) Synced(error) {}

// Close gives the stage and the handle back and ends the stream; of a lost device the context's
// reset does.
func (s *line) Close(begun error) error {
	if s.stage != nil {
		s.device.stages.Push(s.stage)
		s.stage = nil
	}
	s.giveBack()
	if begun != nil || s.device.lost.Load() {
		return begun
	}
	return s.api.StreamDestroy(s.queue)
}
