package devicetest

import "github.com/quern-go/quern/device"

// faultySequence is launches in a row of a FaultyDevice: prepared by the wrapped device,
// or, if that prepares none, done one by one.
type faultySequence struct {
	dev      *FaultyDevice
	programs []device.Program // the wrapped device's
	sequence device.Sequence  // nil: it prepares none
	closed   bool
}

// NewSequence prepares launches, or fails.
func (d *FaultyDevice) NewSequence(programs []device.Program) (device.Sequence, error) {
	if err := d.enter(CallNewSequence); err != nil {
		return nil, err
	}
	q := &faultySequence{dev: d}
	for _, p := range programs {
		own, err := d.program(CallNewSequence, p)
		if err != nil {
			return nil, err
		}
		q.programs = append(q.programs, own)
	}
	if s, ok := d.dev.(device.Sequencer); ok {
		var err error
		if q.sequence, err = s.NewSequence(q.programs); err != nil {
			return nil, err
		}
	}
	d.count(func(c *Counts) { c.Sequences++ })
	return q, nil
}

// program is the wrapped device's.
func (d *FaultyDevice) program(c Call, p device.Program) (device.Program, error) {
	own, ok := p.(faultyProgram)
	if !ok || own.dev != d {
		return nil, d.wrong(c, "a program of another device")
	}
	return own.Program, nil
}

// Launch queues the launches, or fails: as a replay, or as one of the launches.
func (q *faultySequence) Launch(on device.Stream, args []device.Args) error {
	s, ok := on.(*faultyStream)
	switch {
	case !ok || s.dev != q.dev:
		return q.dev.wrong(CallReplay, "a stream of another device")
	case q.closed:
		return q.dev.wrong(CallReplay, "a closed sequence")
	case len(args) != len(q.programs):
		return q.dev.wrong(CallReplay, "other arguments than one for each program")
	}
	if err := s.enter(CallReplay); err != nil {
		return err
	}
	inner := make([]device.Args, len(args))
	var fills [][]byte
	for i := range args {
		if err := s.call(CallLaunch); err != nil {
			return s.leave(err)
		}
		own, list, err := s.args(&args[i])
		if err != nil {
			return s.leave(err)
		}
		inner[i] = own
		fills = append(fills, list...)
	}
	return s.leave(s.queue(q.launch(s.stream, inner), fills...))
}

// launch queues the launches on the wrapped device's stream.
func (q *faultySequence) launch(s device.Stream, args []device.Args) error {
	if q.sequence != nil {
		return q.sequence.Launch(s, args)
	}
	for i, p := range q.programs {
		if err := s.Launch(p, &args[i]); err != nil {
			return err
		}
	}
	return nil
}

// Close gives back what was prepared.
func (q *faultySequence) Close() error {
	if q.closed {
		return nil
	}
	q.closed = true
	q.dev.count(func(c *Counts) { c.Sequences-- })
	if q.sequence == nil {
		return nil
	}
	return q.sequence.Close()
}
