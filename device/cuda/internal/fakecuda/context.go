package fakecuda

import "github.com/quern-go/quern/device/cuda/internal/cu"

// context is a device's primary context. Once nobody retains it, and after a
// reset, it has no objects; its handle stays the same, as the driver's does.
type context struct {
	gpu      *gpu
	handle   cu.Context
	retained int
	broken   cu.Code // what every call answers
	regions  []*region
}

// current is the thread's context; the lock is held.
func (d *Driver) current() *context {
	stack := d.stacks[threadID()]
	if len(stack) == 0 {
		return nil
	}
	return stack[len(stack)-1]
}

// PrimaryCtxRetain is cuDevicePrimaryCtxRetain.
func (d *Driver) PrimaryCtxRetain(dev cu.Device) (cu.Context, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, err := d.gpu("cuDevicePrimaryCtxRetain", dev)
	if err != nil {
		return 0, err
	}
	if g.primary == nil {
		g.primary = &context{gpu: g, handle: cu.Context(d.handle())}
		d.contexts[g.primary.handle] = g.primary
	}
	g.primary.retained++
	return g.primary.handle, nil
}

// PrimaryCtxRelease is cuDevicePrimaryCtxRelease_v2.
func (d *Driver) PrimaryCtxRelease(dev cu.Device) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuDevicePrimaryCtxRelease_v2"
	injected := d.count(name)
	g := d.gpus[dev]
	if g.primary == nil || g.primary.retained == 0 {
		d.violate("%s: the context is not retained", name)
		return cu.NewError(name, cu.InvalidContext)
	}
	if g.primary.retained--; g.primary.retained == 0 {
		d.mustBeEmpty(name, g.primary)
		d.destroyAll(g.primary)
	}
	return injected
}

// PrimaryCtxReset is cuDevicePrimaryCtxReset_v2: it ends the life of everything in
// the context.
func (d *Driver) PrimaryCtxReset(dev cu.Device) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, err := d.gpu("cuDevicePrimaryCtxReset_v2", dev)
	if err == nil && g.primary != nil {
		d.destroyAll(g.primary)
	}
	return err
}

// mustBeEmpty notes objects that outlive their context's last user.
func (d *Driver) mustBeEmpty(name string, c *context) {
	if n := len(c.regions); n > 0 && c.broken == cu.Success {
		d.violate("%s: %d allocations are left", name, n)
	}
	left := func(what string, handle uintptr, of *context) {
		if of == c && c.broken == cu.Success {
			d.violate("%s: %s %#x is left", name, what, handle)
		}
	}
	for h, s := range d.streams {
		left("stream", uintptr(h), s.context)
	}
	for h, e := range d.events {
		left("event", uintptr(h), e.context)
	}
	for h, m := range d.modules {
		left("module", uintptr(h), m.context)
	}
	for h, x := range d.blas {
		left("handle of cuBLAS", uintptr(h), x.context)
	}
	for h, g := range d.graph {
		left("graph", uintptr(h), g.context)
	}
	for h, g := range d.execs {
		left("graph to launch", uintptr(h), g.context)
	}
	for base, p := range d.pinned {
		left("page-locked memory", base, p.context)
	}
}

// destroyAll ends the life of a context's objects and mends it.
func (d *Driver) destroyAll(c *context) {
	for h, s := range d.streams {
		if s.context == c {
			delete(d.streams, h)
		}
	}
	for h, e := range d.events {
		if e.context == c {
			delete(d.events, h)
		}
	}
	for h, m := range d.modules {
		if m.context == c {
			d.dropModule(h, m)
		}
	}
	for h, x := range d.blas {
		if x.context == c {
			delete(d.blas, h)
		}
	}
	for h, g := range d.graph {
		if g.context == c {
			delete(d.graph, h)
		}
	}
	for h, g := range d.execs {
		if g.context == c {
			delete(d.execs, h)
		}
	}
	for base, p := range d.pinned {
		if p.context == c {
			delete(d.pinned, base)
		}
	}
	c.gpu.used = 0
	c.regions, c.broken = nil, cu.Success
}

// CtxPush is cuCtxPushCurrent_v2.
func (d *Driver) CtxPush(h cu.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuCtxPushCurrent_v2"
	if err := d.count(name); err != nil {
		return err
	}
	c := d.contexts[h]
	if c == nil || c.retained == 0 {
		d.violate("%s: context %#x is not retained", name, h)
		return cu.NewError(name, cu.InvalidContext)
	}
	d.stacks[threadID()] = append(d.stacks[threadID()], c)
	return nil
}

// CtxPop is cuCtxPopCurrent_v2.
func (d *Driver) CtxPop() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuCtxPopCurrent_v2"
	injected := d.count(name)
	id := threadID()
	stack := d.stacks[id]
	if len(stack) == 0 {
		d.violate("%s: no context is current on the thread", name)
		return cu.NewError(name, cu.InvalidContext)
	}
	if stack = stack[:len(stack)-1]; len(stack) == 0 {
		delete(d.stacks, id)
	} else {
		d.stacks[id] = stack
	}
	return injected
}
