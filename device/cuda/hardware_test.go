package cuda

import (
	"testing"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// hardware is a launch of one element through this machine's first GPU.
type hardware struct {
	dev     *Device
	stream  *stream
	program device.Program
	args    *device.Args
}

// openHardware keeps the GPU busy until its clocks have risen.
func openHardware(b *testing.B) *hardware {
	s := theSystem()
	if len(s.devices) == 0 {
		b.Skipf("no CUDA device: %v", s.problems)
	}
	dev, err := Open(0, Options{})
	if err != nil {
		b.Fatal(err)
	}
	h := &hardware{dev: dev}
	b.Cleanup(func() {
		if err := dev.Close(); err != nil {
			b.Error(err)
		}
	})
	if h.program, err = dev.Compile(halfPlusOne(b)); err != nil {
		b.Fatal(err)
	}
	buf, err := dev.Alloc(4)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(buf.Release)
	st, err := dev.NewStream()
	if err != nil {
		b.Fatal(err)
	}
	h.stream, h.args = st.(*stream), flat(1, buf, buf)
	for i, start := 0, time.Now(); time.Since(start) < time.Second; i++ {
		h.launch(b, i%100 == 0)
	}
	return h
}

func (h *hardware) launch(b *testing.B, wait bool) {
	if err := h.stream.Launch(h.program, h.args); err != nil {
		b.Fatal(err)
	}
	if wait {
		if err := h.stream.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHardware is a launch: queued, and waited for.
func BenchmarkHardware(b *testing.B) {
	h := openHardware(b)
	b.Run("8 launches", func(b *testing.B) { newReplayed(b, h.dev).benchmark(b) })
	for name, each := range map[string]int{"queued": 100, "waited for": 1} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				h.launch(b, i%each == 0)
			}
		})
	}
}

// BenchmarkHardwareDriver is what the driver takes for its part of that: what is left of
// BenchmarkHardware is ours.
func BenchmarkHardwareDriver(b *testing.B) {
	h := openHardware(b)
	h.launch(b, true)
	api, queue, kernel := h.dev.api, h.stream.line.queue, &h.stream.line.call.launch
	var event cu.Event
	within := func(f func() error) {
		if err := h.dev.do(f); err != nil {
			b.Fatal(err)
		}
	}
	within(func() (err error) { event, err = api.EventCreate(); return err })
	launched := func(wait func() error) func() error {
		return func() error {
			if err := api.LaunchKernel(kernel); err != nil {
				return err
			}
			return wait()
		}
	}
	spin := func(ask func() (bool, error)) func() error {
		return func() error {
			for {
				if done, err := ask(); done || err != nil {
					return err
				}
			}
		}
	}
	queued := 0
	for _, c := range []struct {
		name string
		run  func() error
	}{
		{"context", func() error { h.dev.end(); return h.dev.begin() }},
		{"look at an idle stream", func() error { _, err := api.StreamQuery(queue); return err }},
		{"launch", launched(func() error {
			if queued++; queued%100 > 0 {
				return nil
			}
			return api.StreamSynchronize(queue)
		})},
		{"launch and look at the stream", launched(spin(func() (bool, error) { return api.StreamQuery(queue) }))},
		{"launch and wait for the stream", launched(func() error { return api.StreamSynchronize(queue) })},
		{"launch and look at an event", launched(func() error {
			if err := api.EventRecord(event, queue); err != nil {
				return err
			}
			return spin(func() (bool, error) { return api.EventQuery(event) })()
		})},
	} {
		b.Run(c.name, func(b *testing.B) {
			within(func() error {
				for b.Loop() {
					if err := c.run(); err != nil {
						return err
					}
				}
				return api.StreamSynchronize(queue)
			})
		})
	}
	within(func() error { return api.EventDestroy(event) })
}
