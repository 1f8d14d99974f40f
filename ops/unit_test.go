package ops

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quern-go/quern/device"
)

// countingDevice counts the streams that are open.
type countingDevice struct {
	idleDevice
	streams atomic.Int64
}

type countedStream struct {
	idleStream
	open *atomic.Int64
}

func (d *countingDevice) NewStream() (device.Stream, error) {
	d.streams.Add(1)
	return countedStream{open: &d.streams}, nil
}

func (s countedStream) Close() error { s.open.Add(-1); return nil }

func TestLanes(t *testing.T) {
	take := func(t *testing.T, u *unit, n int) (lanes []*lane) {
		t.Helper()
		for range n {
			l, err := u.lane()
			if err != nil {
				t.Fatal(err)
			}
			lanes = append(lanes, l)
		}
		return lanes
	}
	lose := func(u *unit) { _ = u.noted(fmt.Errorf("test: %w", device.ErrLost)) }
	closeUnit := func(u *unit) { _ = u.close() }
	for _, c := range []struct {
		name  string
		taken int
		end   func(u *unit) // when all but one are idle again
		kept  int
	}{
		{"one", 1, func(*unit) {}, 1},
		{"several", 4, func(*unit) {}, 4},
		{"no more than so many", maxIdleLanes + 5, func(*unit) {}, maxIdleLanes + 1},
		{"closed", 4, closeUnit, 0},
		{"one, closed", 1, closeUnit, 0},
		{"lost", 4, lose, 0},
		{"one, lost", 1, lose, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := new(countingDevice)
			u := newUnit(d, true)
			lanes := take(t, u, c.taken)
			for _, l := range lanes[1:] {
				u.putLane(l)
			}
			c.end(u)
			u.putLane(lanes[0])
			if got := int(d.streams.Load()); got != c.kept {
				t.Errorf("%d streams are open, expected %d", got, c.kept)
			}
		})
	}
}

// TestLanesWhileClosing: whatever the order, nothing is left open.
func TestLanesWhileClosing(t *testing.T) {
	for range 100 {
		d := new(countingDevice)
		u := newUnit(d, true)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				for range 20 {
					if l, err := u.lane(); err == nil {
						u.putLane(l)
					}
				}
			})
		}
		all.Go(func() { _ = u.close() })
		all.Wait()
		if n := d.streams.Load(); n != 0 {
			t.Fatalf("%d streams are open", n)
		}
	}
}
