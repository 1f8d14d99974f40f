package cuda

import (
	"fmt"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/internal/queue"
)

// stream is a stream of the driver.
type stream struct {
	queue.Stream[address]
	line *line
}

// NewStream returns a queue.
func (d *Device) NewStream() (device.Stream, error) {
	if err := d.owner.Usable("new stream"); err != nil {
		return nil, err
	}
	s := &stream{line: &line{device: d, api: d.api, call: new(call)}}
	err := d.do(func() (err error) {
		s.line.queue, err = d.api.StreamCreate()
		return err
	})
	if err != nil {
		return nil, d.owner.Error("new stream", err)
	}
	if !s.Open(&d.owner, s.line) {
		_ = d.do(func() error { return d.api.StreamDestroy(s.line.queue) })
		return nil, d.owner.Usable("new stream")
	}
	return s, nil
}

// Launch queues the program: with the device, as far as there is room.
func (s *stream) Launch(p device.Program, args *device.Args) error {
	d := s.line.device
	prog, ok := p.(*program)
	if !ok || prog.device != d {
		return fmt.Errorf("launch: %s: the program was compiled by another device", d.info.Selector())
	}
	if err := d.owner.Usable("launch"); err != nil {
		return err
	}
	if done, err := s.launchGemm(prog, args); done {
		return err
	}
	// Planning may allocate and so wait for every stream, this one too.
	l, err := prog.prepare(args)
	if err != nil {
		return d.owner.Error("launch", err)
	}
	l.line = s.line
	return s.Enqueue(l)
}
