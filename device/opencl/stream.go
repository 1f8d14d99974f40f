package opencl

import (
	"fmt"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/internal/queue"
)

// stream is an in-order command queue.
type stream struct {
	queue.Stream[uintptr]
	line *line
}

// NewStream returns a queue.
func (d *Device) NewStream() (device.Stream, error) {
	if err := d.begin("new stream"); err != nil {
		return nil, err
	}
	defer d.end()
	commands, err := d.newQueue()
	if err != nil {
		return nil, d.owner.Error("new stream", err)
	}
	s := &stream{line: &line{device: d, api: d.api, queue: commands, call: new(call)}}
	s.line.stream = &s.Stream
	if !s.Open(&d.owner, s.line) {
		_ = d.api.release(queues, commands)
		return nil, d.owner.Usable("new stream")
	}
	return s, nil
}

func (d *Device) newQueue() (uintptr, error) {
	var code int32
	commands := d.api.invoke(createQueue, &code, d.context, d.found.id, queueProfiling, uintptr(unsafe.Pointer(&code)))
	return d.api.created(queues, createQueue, commands, code)
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
	m, err := prog.choose(args.Shape)
	if err != nil {
		return d.owner.Error("launch", err)
	}
	return s.launch(prog, m, args)
}

// launch queues one of the program's builds.
func (s *stream) launch(p *program, m *module, args *device.Args) error {
	d := p.device
	if err := d.begin("launch"); err != nil {
		return err
	}
	// Planning may allocate and so wait for every stream, this one too.
	l, err := p.prepare(m, args)
	d.end()
	if err != nil {
		return d.owner.Error("launch", err)
	}
	l.line = s.line
	return s.Enqueue(l)
}
