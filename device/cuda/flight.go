package cuda

import (
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// flight is work queued with the device up to an event.
type flight struct {
	end     cu.Event
	seconds float64 // predicted
	load    load

	// What the last launch tells of its entry's pace, if there was a start.
	start cu.Event
	entry *entry
	work  float64
}

// load is what queued work needs until it is done.
type load struct{ blocks []*block }

func (l *load) drop() {
	for _, b := range l.blocks {
		b.Drop()
	}
	clear(l.blocks)
	l.blocks = l.blocks[:0]
}

// Work is put under an event when this much has been queued without one: to know
// how much is in flight, and to give memory back.
const (
	looseSeconds  = 0.25 * sliceSeconds
	looseLaunches = 64
)

// mark records an event.
func (s *stream) mark() (cu.Event, error) {
	e, ok := s.device.events.pop()
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

// putEvent keeps an event for reuse; 0 is none.
func (s *stream) putEvent(e cu.Event) {
	if e != 0 {
		s.device.events.push(e)
	}
}

// takeOff closes the work queued so far with an event.
func (s *stream) takeOff(start cu.Event, e *entry, work float64) error {
	end, err := s.mark()
	if err != nil {
		s.putEvent(start)
		return err
	}
	s.flights = append(s.flights, flight{
		end: end, seconds: s.looseSeconds, load: s.loose,
		start: start, entry: e, work: work,
	})
	s.inFlight += s.looseSeconds
	s.looseSeconds, s.looseLaunches = 0, 0
	s.loose = load{}
	if n := len(s.spare); n > 0 {
		s.loose, s.spare = s.spare[n-1], s.spare[:n-1]
	}
	return nil
}

// retire lets go of the flights that have ended; it does not wait.
func (s *stream) retire() error {
	for len(s.flights) > 0 {
		done, err := s.api.EventQuery(s.flights[0].end)
		if err != nil || !done {
			return err
		}
		s.land()
	}
	return nil
}

// spinTime is how long a thread looks again and again for an event before it goes
// to sleep, from which it wakes some 20 µs late.
const spinTime = 100 * time.Microsecond

// await waits for an event.
func await(api cu.API, e cu.Event) error {
	for start := time.Now(); time.Since(start) < spinTime; {
		if done, err := api.EventQuery(e); err != nil || done {
			return err
		}
	}
	return api.EventSynchronize(e)
}

// awaitFlight waits for the oldest flight.
func (s *stream) awaitFlight() error {
	if err := await(s.api, s.flights[0].end); err != nil {
		return err
	}
	s.land()
	return nil
}

// land takes the oldest flight, which has ended, out of the books.
func (s *stream) land() {
	f := &s.flights[0]
	if f.start != 0 {
		// Without an answer the pace stays what it was.
		if seconds, err := s.api.EventElapsedTime(f.start, f.end); err == nil {
			f.entry.pace.learn(f.work, time.Duration(seconds*float64(time.Second)))
		}
	}
	s.letGo(f)
	n := copy(s.flights, s.flights[1:])
	s.flights[n] = flight{}
	s.flights = s.flights[:n]
}

func (s *stream) letGo(f *flight) {
	s.putEvent(f.start)
	s.putEvent(f.end)
	f.load.drop()
	s.spare = append(s.spare, f.load)
	s.inFlight -= f.seconds
}

// finish waits for everything queued with the device and lets go of it, whatever
// the device answers.
func (s *stream) finish() error {
	err := s.landAll()
	if err != nil {
		s.quiesce()
	}
	for i := range s.flights {
		s.letGo(&s.flights[i])
	}
	clear(s.flights)
	s.flights = s.flights[:0]
	s.loose.drop()
	s.looseSeconds, s.looseLaunches, s.inFlight = 0, 0, 0
	return err
}

// landAll waits for all flights, and the work queued since the last.
func (s *stream) landAll() error {
	if s.device.lost.Load() {
		return device.ErrLost
	}
	if s.looseLaunches > 0 {
		if err := s.takeOff(0, nil, 0); err != nil {
			return err
		}
	}
	for len(s.flights) > 0 {
		if err := s.awaitFlight(); err != nil {
			return err
		}
	}
	return nil
}

// quiesce waits for the device after something has failed: its memory may be
// given away only when no work uses it. A device of which that cannot be known
// is lost.
func (s *stream) quiesce() {
	if s.device.lost.Load() {
		return
	}
	if err := s.api.StreamSynchronize(s.queue); err != nil {
		s.device.lost.Store(true)
	}
}
