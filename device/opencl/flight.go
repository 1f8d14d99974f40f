package opencl

import (
	"encoding/binary"
	"time"
	"unsafe"
)

// flight is work queued with the device up to an event.
type flight struct {
	event   uintptr
	seconds float64 // predicted
	load    load

	// What the event's own launch tells of its entry's pace.
	entry *entry
	work  float64
}

// load is what queued work needs until it is done.
type load struct {
	blocks []*block
	hosts  [][]byte // memory that the device reads
}

func (l *load) drop() {
	for _, b := range l.blocks {
		b.Drop()
	}
	clear(l.blocks)
	clear(l.hosts)
	l.blocks, l.hosts = l.blocks[:0], l.hosts[:0]
}

// Work is put under an event when this much has been queued without one: to know
// how much is in flight, and to give memory back.
const (
	looseSeconds  = 0.25 * sliceSeconds
	looseLaunches = 64
)

// takeOff closes the work queued so far with an event.
func (s *stream) takeOff(event uintptr, e *entry, work float64) {
	s.flights = append(s.flights, flight{event: event, seconds: s.looseSeconds, load: s.loose, entry: e, work: work})
	s.inFlight += s.looseSeconds
	s.looseSeconds, s.looseLaunches = 0, 0
	s.loose = load{}
	if n := len(s.spare); n > 0 {
		s.loose, s.spare = s.spare[n-1], s.spare[:n-1]
	}
}

// retire lets go of the flights that have ended; it does not wait.
func (s *stream) retire() error {
	for len(s.flights) > 0 {
		var status int32
		err := s.api.call(getEventInfo, s.flights[0].event, eventExecutionStatus,
			unsafe.Sizeof(status), uintptr(unsafe.Pointer(&status)), 0)
		switch {
		case err != nil:
			return err
		case status < 0:
			return &Error{Function: "work on the device", Code: status, work: true}
		case status != eventComplete:
			return nil
		}
		s.land()
	}
	return nil
}

// awaitFlight waits for the oldest flight.
func (s *stream) awaitFlight() error {
	if err := s.api.call(waitForEvents, 1, uintptr(unsafe.Pointer(&s.flights[0].event))); err != nil {
		return err
	}
	return s.retire()
}

// land takes the oldest flight, which has ended, out of the books.
func (s *stream) land() {
	f := &s.flights[0]
	if f.entry != nil {
		f.entry.pace.learn(f.work, s.elapsed(f.event))
	}
	s.letGo(f)
	n := copy(s.flights, s.flights[1:])
	s.flights[n] = flight{}
	s.flights = s.flights[:n]
}

func (s *stream) letGo(f *flight) {
	_ = s.api.release(events, f.event)
	f.load.drop()
	s.spare = append(s.spare, f.load)
	s.inFlight -= f.seconds
}

// elapsed is the time that the event's command ran; 0 if the device does not tell.
func (s *stream) elapsed(event uintptr) time.Duration {
	return time.Duration(max(0, s.profile(event, profilingEnd)-s.profile(event, profilingStart)))
}

func (s *stream) profile(event uintptr, name uintptr) int64 {
	var value [8]byte
	err := s.api.call(getEventProfiling, event, name, unsafe.Sizeof(value), uintptr(unsafe.Pointer(&value)), 0)
	if err != nil {
		return 0
	}
	return int64(binary.NativeEndian.Uint64(value[:]))
}

// finish waits for everything queued with the device and lets go of it, whatever
// the device answers.
func (s *stream) finish() error {
	err := s.api.call(finish, s.queue)
	if err == nil {
		err = s.retire()
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
