package opencl

import (
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/internal/queue"
	"github.com/quern-go/quern/internal/reuse"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/clike"
	"github.com/quern-go/quern/kernels/grid"
)

// program is a compiled kernel.
type program struct {
	device   *Device
	kernel   kernels.Kernel
	operands queue.Operands
	modules  queue.Builds[build, *module]
}

// build is what tells the builds of one kernel apart.
type build struct {
	axes int        // the bound on the axes of launches
	tile clike.Tile // of a contraction; zero: the default
}

func (p *program) Kernel() kernels.Kernel { return p.kernel }

// module is a program for launches of up to so many axes.
type module struct {
	device   *Device
	rendered *clike.Module
	exe      *executable
	entries  []entry
	free     reuse.Stack[*launch]
}

// entry is an entry point. Its arguments belong to the kernel object: the lock is
// held from setting the first until the launch is queued.
type entry struct {
	mu     sync.Mutex
	number int // among the executable's kernels
	pace   queue.Pace
}

// Compile builds the kernel for launches of few axes; a first launch with more
// builds it again. Programs are kept by the kernel's Key.
func (d *Device) Compile(k kernels.Kernel) (device.Program, error) {
	if err := d.begin("compile"); err != nil {
		return nil, err
	}
	defer d.end()
	p := d.program(k)
	if _, err := p.module(build{axes: grid.AxesFor(1), tile: d.target.Tile}); err != nil {
		return nil, d.owner.Failure(fmt.Errorf("compile: %s: %w", d.info.Selector(), err))
	}
	return p, nil
}

func (d *Device) program(k kernels.Kernel) *program {
	p, _ := d.programs.Get(k.Key(), func() (*program, error) {
		return &program{device: d, kernel: k, operands: queue.OperandsOf(k)}, nil
	})
	return p
}

// module returns a build. One that failed is tried again by the next call.
func (p *program) module(b build) (*module, error) {
	return p.modules.Get(b, func() (*module, error) {
		if p.device.owner.Closed() {
			return nil, device.ErrClosed
		}
		return p.device.newModule(p.kernel, b)
	})
}

// smallestGroup is the size at which groups are no longer made smaller.
const smallestGroup = 64

// newModule renders and builds a kernel. A kernel that needs so many registers
// that its groups do not fit is rendered again for smaller ones.
func (d *Device) newModule(k kernels.Kernel, b build) (*module, error) {
	target := d.target
	target.Tile = b.tile
	for {
		m, err := d.buildModule(k, target, b.axes)
		if err != nil {
			return nil, err
		}
		limit := m.smallestLimit()
		if limit == 0 || target.GroupSize/2 < smallestGroup {
			return m, nil
		}
		m.exe.release()
		target.GroupSize /= 2
	}
}

func (d *Device) buildModule(k kernels.Kernel, target clike.Target, axes int) (*module, error) {
	rendered, err := clike.Render(k, target, axes)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(rendered.Entries))
	for i, e := range rendered.Entries {
		names[i] = e.Name
	}
	exe, err := d.build(rendered.Source, names)
	if err != nil {
		return nil, err
	}
	m := &module{device: d, rendered: rendered, exe: exe, entries: make([]entry, len(names))}
	for i := range m.entries {
		m.entries[i].number = i
	}
	return m, nil
}

// smallestLimit is the smallest group limit among entries whose groups exceed it;
// 0 if all fit.
func (m *module) smallestLimit() int {
	smallest := 0
	for i, e := range m.rendered.Entries {
		limit := m.exe.groupLimit(i, m.device.found.id)
		if limit > 0 && limit < e.GroupSize && (smallest == 0 || limit < smallest) {
			smallest = limit
		}
	}
	return smallest
}

// release frees what was built; no stream uses it any more.
func (p *program) release() {
	for _, m := range p.modules.Take() {
		m.exe.release()
	}
}
