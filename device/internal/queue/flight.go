package queue

import (
	"slices"
	"time"

	"github.com/quern-go/quern/device"
)

// flight is work queued with the device up to a mark.
type flight[M any] struct {
	mark    Mark
	seconds float64 // predicted
	load    load[M]

	// What the marked launch tells of its entry's pace.
	pace *Pace
	work float64
}

// load is what queued work needs until it is done.
type load[M any] struct {
	blocks []*device.Block[M]
	hosts  [][]byte // memory that the device reads
}

// drop lets go of it, of the blocks in the reverse of the order in which they were first
// needed and so allocated: the pool gives back last what it got first, so that the same
// work next time finds its memory where it was.
func (l *load[M]) drop() {
	for _, b := range slices.Backward(l.blocks) {
		b.Drop()
	}
	clear(l.blocks)
	clear(l.hosts)
	l.blocks, l.hosts = l.blocks[:0], l.hosts[:0]
}

// Work is put under a mark when this much has been queued without one: to know
// how much is in flight, and to give memory back.
const (
	looseSeconds  = 0.25 * sliceSeconds
	looseLaunches = 64
)

// Keep keeps memory of the host that the work being queued reads later.
func (s *Stream[M]) Keep(host []byte) { s.loose.hosts = append(s.loose.hosts, host) }

// takeOff closes the work queued so far with a mark.
func (s *Stream[M]) takeOff(m Mark, pace *Pace, work float64) {
	s.flights = append(s.flights, flight[M]{mark: m, seconds: s.looseSeconds, load: s.loose, pace: pace, work: work})
	s.inFlight += s.looseSeconds
	s.looseSeconds, s.looseLaunches = 0, 0
	s.loose = load[M]{}
	if n := len(s.spare); n > 0 {
		s.loose, s.spare = s.spare[n-1], s.spare[:n-1]
	}
}

// retire lets go of the flights that have ended; it does not wait.
func (s *Stream[M]) retire() error {
	for len(s.flights) > 0 {
		ended, took, err := s.line.Ended(s.flights[0].mark)
		if err != nil || !ended {
			return err
		}
		s.land(took)
	}
	return nil
}

// awaitFlight waits for the oldest flight.
func (s *Stream[M]) awaitFlight() error {
	if err := s.line.Wait(s.flights[0].mark); err != nil {
		return err
	}
	return s.retire()
}

// land takes the oldest flight, which has ended, out of the books.
func (s *Stream[M]) land(took time.Duration) {
	f := &s.flights[0]
	f.pace.learn(f.work, took)
	s.letGo(f)
	n := copy(s.flights, s.flights[1:])
	s.flights[n] = flight[M]{}
	s.flights = s.flights[:n]
}

func (s *Stream[M]) letGo(f *flight[M]) {
	s.line.Forget(f.mark)
	f.load.drop()
	s.spare = append(s.spare, f.load)
	s.inFlight -= f.seconds
}

// finish waits for everything queued with the device and lets go of it, whatever
// the device answers.
func (s *Stream[M]) finish() (err error) {
	if len(s.flights) > 0 || s.looseLaunches > 0 {
		if err = s.line.Finish(); err == nil {
			err = s.retire()
		}
		if err != nil {
			s.line.Quiesce()
		}
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
