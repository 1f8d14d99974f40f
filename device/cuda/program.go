package cuda

import (
	"errors"
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/internal/queue"
	"github.com/quern-go/quern/internal/reuse"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/ptx"
)

// program is a compiled kernel.
type program struct {
	device   *Device
	kernel   kernels.Kernel
	operands queue.Operands
	modules  queue.Builds[int, *module] // by the bound on the axes of launches
	gemm     *gemm                      // nil: cuBLAS does none of its launches
}

func (p *program) Kernel() kernels.Kernel { return p.kernel }

// Precision is that of large launches: see ptx.Module.
func (p *program) Precision() kernels.Precision {
	m, err := p.module(1)
	if err != nil {
		return kernels.Exact // it will not be launched
	}
	return m.rendered.Precision()
}

// module is a program for launches of up to so many axes.
type module struct {
	device   *Device
	rendered *ptx.Module
	entries  []entry
	free     reuse.Stack[*launch]
}

// entry is an entry point, compiled when it is first launched: a launch needs one or
// two of those that a kernel has for different shapes.
type entry struct {
	mu       sync.Mutex
	module   cu.Module
	function cu.Function
	pace     queue.Pace
}

// Compile renders the kernel for launches of few axes; a first launch with more
// renders it again. Programs are kept by the kernel's Key.
func (d *Device) Compile(k kernels.Kernel) (device.Program, error) {
	if err := d.owner.Usable("compile"); err != nil {
		return nil, err
	}
	p := d.program(k)
	if _, err := p.module(1); err != nil {
		return nil, fmt.Errorf("compile: %s: %w", d.info.Selector(), err)
	}
	return p, nil
}

func (d *Device) program(k kernels.Kernel) *program {
	p, _ := d.programs.Get(k.Key(), func() (*program, error) {
		return &program{device: d, kernel: k, operands: queue.OperandsOf(k), gemm: d.newGemm(k)}, nil
	})
	return p
}

// module returns the rendering for launches of the given number of axes.
func (p *program) module(axes int) (*module, error) {
	bound := grid.AxesFor(axes)
	return p.modules.Get(bound, func() (*module, error) {
		if p.device.owner.Closed() {
			return nil, device.ErrClosed
		}
		target := p.device.targetOf(p.kernel)
		rendered, err := ptx.Render(p.kernel, target, bound)
		if err == nil {
			err = p.device.writeTexts(p.kernel, target, bound)
		}
		if err != nil {
			return nil, err
		}
		return &module{device: p.device, rendered: rendered, entries: make([]entry, len(rendered.Entries))}, nil
	})
}

// release unloads what was compiled; no stream uses it any more.
func (p *program) release() error {
	var errs []error
	for _, m := range p.modules.Take() {
		for i := range m.entries {
			errs = append(errs, m.entries[i].release(p.device))
		}
	}
	return errors.Join(errs...)
}

func (e *entry) release(d *Device) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.module == 0 || d.lost.Load() {
		return nil
	}
	m := e.module
	e.module, e.function = 0, 0
	return d.api.ModuleUnload(m)
}
