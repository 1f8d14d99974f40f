package fakecuda

import (
	"encoding/binary"
	"time"

	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// op is work on a stream.
type op struct {
	what string
	uses []span // device memory
	run  func() error
	mark *event // that happens now
	turn int    // of the mark

	function *function // of a launch
	words    []byte    // its parameters, which may hold addresses
}

// count counts the work as queued, or as done.
func (w *Work) count(o *op) {
	switch {
	case o.function != nil:
		w.Kernels++
	case o.what == upload:
		w.Uploads++
	case o.what == download:
		w.Downloads++
	}
}

// touches reports whether the work needs the memory.
func (o *op) touches(r *region) bool {
	for _, s := range o.uses {
		if s.meets(r) {
			return true
		}
	}
	for p := o.words; len(p) >= 8; p = p[8:] {
		if a := binary.LittleEndian.Uint64(p); r.base <= a && a < r.end() {
			return true
		}
	}
	return false
}

// stream is a queue of work.
type stream struct {
	context *context
	queue   []*op
	clock   time.Duration // that its work has taken
	eager   bool          // its work is done as soon as it is queued
}

// push queues work.
func (d *Driver) push(s *stream, o *op) {
	d.work.Queued.count(o)
	if len(s.queue) == 0 {
		s.eager = d.options.Prompt || d.options.Contrary && d.rng.IntN(2) == 0
	}
	s.queue = append(s.queue, o)
	if s.eager {
		d.runUntil(s, len(s.queue))
	}
}

// waited does the next work of a stream, for which somebody waits by an event, unless it
// is held; contrary streams take their time.
func (d *Driver) waited(s *stream) bool {
	if d.options.Contrary && d.rng.IntN(4) > 0 {
		return false
	}
	if o := s.queue[0]; o.run != nil && d.options.Hold != nil {
		h := d.work
		h.Kernel, h.Download = o.function != nil, o.what == download
		if d.options.Hold(h) {
			return false
		}
	}
	d.runUntil(s, 1)
	return true
}

// event is a point in a stream.
type event struct {
	context  *context
	turn     int // recordings so far
	done     int // of which have happened
	at       time.Duration
	recorded *stream
}

// stream is the stream of a handle; the lock is held.
func (d *Driver) stream(name string, c *context, h cu.Stream) (*stream, error) {
	s := d.streams[h]
	if s == nil || s.context != c {
		d.violate("%s: %#x is no stream of the current context", name, h)
		return nil, cu.NewError(name, cu.InvalidHandle)
	}
	return s, nil
}

func (d *Driver) event(name string, c *context, h cu.Event) (*event, error) {
	e := d.events[h]
	if e == nil || e.context != c {
		d.violate("%s: %#x is no event of the current context", name, h)
		return nil, cu.NewError(name, cu.InvalidHandle)
	}
	return e, nil
}

// runUntil does the first n things queued, unless the context breaks.
func (d *Driver) runUntil(s *stream, n int) {
	for ; n > 0 && len(s.queue) > 0 && s.context.broken == cu.Success; n-- {
		o := s.queue[0]
		s.queue = s.queue[1:]
		start := time.Now()
		if o.run != nil {
			if err := o.run(); err != nil {
				s.context.broken = cu.CodeOf(err)
				if s.context.broken == cu.Success {
					d.violate("%s: %v", o.what, err)
					s.context.broken = cu.LaunchFailed
				}
				return
			}
		}
		d.work.Done.count(o)
		if took := d.options.Took; took == 0 {
			s.clock += time.Since(start)
		} else if o.run != nil {
			s.clock += took
		}
		if o.mark != nil {
			o.mark.done, o.mark.at = o.turn, s.clock
		}
	}
}

// runAll does everything queued in a context.
func (d *Driver) runAll(c *context) {
	for _, s := range d.streams {
		if s.context == c {
			d.runUntil(s, len(s.queue))
		}
	}
}

// wander lets a stream get on, sometimes.
func (d *Driver) wander(c *context) {
	if d.options.Late || d.options.Contrary {
		return
	}
	for _, s := range d.streams {
		if s.context == c && len(s.queue) > 0 && d.rng.IntN(8) == 0 {
			d.runUntil(s, 1)
			return
		}
	}
}

// StreamCreate is cuStreamCreate.
func (d *Driver) StreamCreate() (cu.Stream, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.within("cuStreamCreate")
	if err != nil {
		return 0, err
	}
	h := cu.Stream(d.handle())
	d.streams[h] = &stream{context: c}
	return h, nil
}

// StreamDestroy is cuStreamDestroy_v2: queued work is still done.
func (d *Driver) StreamDestroy(h cu.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuStreamDestroy_v2"
	c, injected := d.within(name)
	if c == nil {
		return injected
	}
	s, err := d.stream(name, c, h)
	if err != nil {
		return err
	}
	d.runUntil(s, len(s.queue))
	delete(d.streams, h)
	return injected
}

// StreamSynchronize is cuStreamSynchronize.
func (d *Driver) StreamSynchronize(h cu.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuStreamSynchronize"
	c, err := d.within(name)
	if err != nil {
		return err
	}
	s, err := d.stream(name, c, h)
	if err != nil {
		return err
	}
	d.runUntil(s, len(s.queue))
	return c.state(name)
}

// StreamQuery is cuStreamQuery; looking lets the stream get on.
func (d *Driver) StreamQuery(h cu.Stream) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuStreamQuery"
	c, err := d.within(name)
	if err != nil {
		return false, err
	}
	s, err := d.stream(name, c, h)
	if err != nil {
		return false, err
	}
	if len(s.queue) > 0 && !d.options.Contrary {
		d.waited(s)
	}
	return len(s.queue) == 0, c.state(name)
}

// state is the error that a broken context answers with.
func (c *context) state(name string) error {
	if c.broken != cu.Success {
		return cu.NewError(name, c.broken)
	}
	return nil
}

// EventCreate is cuEventCreate.
func (d *Driver) EventCreate() (cu.Event, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.within("cuEventCreate")
	if err != nil {
		return 0, err
	}
	h := cu.Event(d.handle())
	d.events[h] = &event{context: c}
	return h, nil
}

// EventDestroy is cuEventDestroy_v2.
func (d *Driver) EventDestroy(h cu.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuEventDestroy_v2"
	c, injected := d.within(name)
	if c == nil {
		return injected
	}
	if _, err := d.event(name, c, h); err != nil {
		return err
	}
	delete(d.events, h)
	return injected
}

// EventRecord is cuEventRecord.
func (d *Driver) EventRecord(h cu.Event, on cu.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuEventRecord"
	c, err := d.within(name)
	if err != nil {
		return err
	}
	e, err := d.event(name, c, h)
	if err != nil {
		return err
	}
	s, err := d.stream(name, c, on)
	if err != nil {
		return err
	}
	e.turn++
	e.recorded = s
	d.push(s, &op{what: name, mark: e, turn: e.turn})
	return nil
}

// EventQuery is cuEventQuery; looking lets the stream get on.
func (d *Driver) EventQuery(h cu.Event) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuEventQuery"
	c, err := d.within(name)
	if err != nil {
		return false, err
	}
	e, err := d.event(name, c, h)
	if err != nil {
		return false, err
	}
	if e.done < e.turn && !d.options.Contrary {
		d.waited(e.recorded)
	}
	return e.done >= e.turn, c.state(name)
}

// EventSynchronize is cuEventSynchronize.
func (d *Driver) EventSynchronize(h cu.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuEventSynchronize"
	c, err := d.within(name)
	if err != nil {
		return err
	}
	e, err := d.event(name, c, h)
	if err != nil {
		return err
	}
	for e.done < e.turn && c.broken == cu.Success {
		if !d.waited(e.recorded) {
			d.mu.Unlock()
			time.Sleep(50 * time.Microsecond)
			d.mu.Lock()
		}
	}
	return c.state(name)
}

// EventElapsedTime is cuEventElapsedTime.
func (d *Driver) EventElapsedTime(start, end cu.Event) (float64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuEventElapsedTime"
	c, err := d.within(name)
	if err != nil {
		return 0, err
	}
	from, err := d.event(name, c, start)
	if err != nil {
		return 0, err
	}
	to, err := d.event(name, c, end)
	if err != nil {
		return 0, err
	}
	if from.turn == 0 || to.turn == 0 || from.done < from.turn || to.done < to.turn {
		d.violate("%s: an event that has not happened", name)
		return 0, cu.NewError(name, cu.NotReady)
	}
	return (to.at - from.at).Seconds(), nil
}
