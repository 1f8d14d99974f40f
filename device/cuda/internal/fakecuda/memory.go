package fakecuda

import (
	"math"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// region is an allocation of device memory.
type region struct {
	base  uint64
	bytes []byte
}

func (r *region) end() uint64 { return r.base + uint64(len(r.bytes)) }

// Allocations start at multiples of granule, with at least a granule that is
// nobody's between them. No address is used twice.
const (
	granule    = 512
	firstPlace = 0x7000_0000_0000
	garbage    = 0xA5 // in fresh memory
)

// place is the address of the next allocation.
func (g *gpu) place(bytes int) uint64 {
	at := firstPlace + uint64(g.ordinal)<<42 + g.taken
	g.taken += (uint64(bytes)+2*granule-1)/granule*granule + granule
	return at
}

// allocate gives memory of a context; the lock is held.
func (d *Driver) allocate(name string, c *context, bytes int) (cu.Address, error) {
	if bytes <= 0 {
		d.violate("%s: %d bytes", name, bytes)
		return 0, cu.NewError(name, cu.InvalidValue)
	}
	if int64(bytes) > c.gpu.Memory-c.gpu.used {
		return 0, cu.NewError(name, cu.OutOfMemory)
	}
	r := &region{base: c.gpu.place(bytes), bytes: make([]byte, bytes)}
	for i := range r.bytes {
		r.bytes[i] = garbage
	}
	c.gpu.used += int64(bytes)
	c.regions = append(c.regions, r)
	return cu.Address(r.base), nil
}

// free takes an allocation back. Work that is still queued must not use it.
func (d *Driver) free(name string, c *context, p cu.Address) error {
	i := slices.IndexFunc(c.regions, func(r *region) bool { return r.base == uint64(p) })
	if i < 0 {
		d.violate("%s: %#x is no allocation", name, p)
		return cu.NewError(name, cu.InvalidValue)
	}
	r := c.regions[i]
	for h, s := range d.streams {
		for _, o := range s.queue {
			if s.context == c && o.touches(r) {
				d.violate("%s: %#x is needed by %s, queued on stream %#x", name, p, o.what, h)
			}
		}
	}
	c.gpu.used -= int64(len(r.bytes))
	c.regions = slices.Delete(c.regions, i, i+1)
	return nil
}

// all yields every allocation.
func (c *context) all(yield func(address uint64, bytes []byte) bool) {
	for _, r := range c.regions {
		if !yield(r.base, r.bytes) {
			return
		}
	}
}

// at returns device memory of the context: n bytes of one allocation.
func (c *context) at(address uint64, n int) ([]byte, bool) {
	i, found := slices.BinarySearchFunc(c.regions, address, func(r *region, a uint64) int {
		switch {
		case r.end() <= a:
			return -1
		case r.base > a:
			return 1
		}
		return 0
	})
	if !found || n < 0 {
		return nil, false
	}
	r := c.regions[i]
	at := address - r.base
	if uint64(n) > uint64(len(r.bytes))-at {
		return nil, false
	}
	return r.bytes[at : at+uint64(n) : at+uint64(n)], true
}

// MemGetInfo is cuMemGetInfo_v2.
func (d *Driver) MemGetInfo() (free, total int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.within("cuMemGetInfo_v2")
	if err != nil {
		return 0, 0, err
	}
	return c.gpu.Memory - c.gpu.used, c.gpu.Memory, nil
}

// MemAlloc is cuMemAlloc_v2.
func (d *Driver) MemAlloc(bytes int) (cu.Address, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.within("cuMemAlloc_v2")
	if err != nil {
		return 0, err
	}
	return d.allocate("cuMemAlloc_v2", c, bytes)
}

// MemFree is cuMemFree_v2: it waits for the device.
func (d *Driver) MemFree(p cu.Address) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, injected := d.within("cuMemFree_v2")
	if c == nil || c.broken != cu.Success {
		return injected
	}
	d.runAll(c)
	if err := d.free("cuMemFree_v2", c, p); err != nil {
		return err
	}
	return injected
}

// MemAllocAsync is cuMemAllocAsync. The memory exists at once; work on other
// streams may use it when s has got there.
func (d *Driver) MemAllocAsync(bytes int, s cu.Stream) (cu.Address, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuMemAllocAsync"
	c, err := d.within(name)
	if err != nil {
		return 0, err
	}
	on, err := d.stream(name, c, s)
	if err != nil {
		return 0, err
	}
	p, err := d.allocate(name, c, bytes)
	if err == nil {
		d.push(on, &op{what: name})
	}
	return p, err
}

// MemFreeAsync is cuMemFreeAsync. The stream is taken to get there at once: no
// other may need the memory any more.
func (d *Driver) MemFreeAsync(p cu.Address, s cu.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuMemFreeAsync"
	c, injected := d.within(name)
	if c == nil || c.broken != cu.Success {
		return injected
	}
	on, err := d.stream(name, c, s)
	if err != nil {
		return err
	}
	d.runUntil(on, len(on.queue))
	if err := d.free(name, c, p); err != nil {
		return err
	}
	return injected
}

// MemHostAlloc is cuMemHostAlloc.
func (d *Driver) MemHostAlloc(bytes int) (unsafe.Pointer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuMemHostAlloc"
	c, err := d.within(name)
	if err != nil {
		return nil, err
	}
	if bytes <= 0 {
		d.violate("%s: %d bytes", name, bytes)
		return nil, cu.NewError(name, cu.InvalidValue)
	}
	p := make([]byte, bytes)
	d.pinned[uintptr(unsafe.Pointer(&p[0]))] = pinned{c, p}
	return unsafe.Pointer(&p[0]), nil
}

// MemFreeHost is cuMemFreeHost: it waits for the device.
func (d *Driver) MemFreeHost(p unsafe.Pointer) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuMemFreeHost"
	c, injected := d.within(name)
	if c == nil || c.broken != cu.Success {
		return injected
	}
	if _, ok := d.pinned[uintptr(p)]; !ok {
		d.violate("%s: %p is no allocation", name, p)
		return cu.NewError(name, cu.InvalidValue)
	}
	d.runAll(c)
	delete(d.pinned, uintptr(p))
	return injected
}

// pinned is page-locked host memory. It goes with its context.
type pinned struct {
	context *context
	bytes   []byte
}

// isPinned reports whether n bytes at p are page-locked.
func (d *Driver) isPinned(p unsafe.Pointer, n int) bool {
	at := uintptr(p)
	for base, p := range d.pinned {
		if base <= at && at+uintptr(n) <= base+uintptr(len(p.bytes)) {
			return true
		}
	}
	return false
}

// Copies from and to the host.
const (
	upload   = "cuMemcpyHtoDAsync_v2"
	download = "cuMemcpyDtoHAsync_v2"
)

// MemcpyHtoDAsync is cuMemcpyHtoDAsync_v2. Ordinary memory is read before it
// returns, page-locked memory when the stream gets there.
func (d *Driver) MemcpyHtoDAsync(dst cu.Address, src unsafe.Pointer, bytes int, s cu.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = upload
	c, on, err := d.copying(name, s)
	if err != nil {
		return err
	}
	from := unsafe.Slice((*byte)(src), bytes)
	if !d.isPinned(src, bytes) {
		from = slices.Clone(from)
	}
	d.push(on, &op{what: name, uses: []span{{uint64(dst), bytes}}, run: func() error {
		to, ok := c.at(uint64(dst), bytes)
		if !ok {
			return d.outside(name, uint64(dst), bytes)
		}
		copy(to, from)
		return nil
	}})
	return nil
}

// MemcpyDtoHAsync is cuMemcpyDtoHAsync_v2. It waits if dst is ordinary memory.
func (d *Driver) MemcpyDtoHAsync(dst unsafe.Pointer, src cu.Address, bytes int, s cu.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = download
	c, on, err := d.copying(name, s)
	if err != nil {
		return err
	}
	to := unsafe.Slice((*byte)(dst), bytes)
	d.push(on, &op{what: name, uses: []span{{uint64(src), bytes}}, run: func() error {
		from, ok := c.at(uint64(src), bytes)
		if !ok {
			return d.outside(name, uint64(src), bytes)
		}
		copy(to, from)
		return nil
	}})
	if !d.isPinned(dst, bytes) {
		d.runUntil(on, len(on.queue))
	}
	if c.broken != cu.Success {
		return cu.NewError(name, c.broken)
	}
	return nil
}

// MemcpyDtoDAsync is cuMemcpyDtoDAsync_v2.
func (d *Driver) MemcpyDtoDAsync(dst, src cu.Address, bytes int, s cu.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuMemcpyDtoDAsync_v2"
	c, on, err := d.copying(name, s)
	if err != nil {
		return err
	}
	d.push(on, &op{what: name, uses: []span{{uint64(dst), bytes}, {uint64(src), bytes}}, run: func() error {
		to, ok := c.at(uint64(dst), bytes)
		if !ok {
			return d.outside(name, uint64(dst), bytes)
		}
		from, ok := c.at(uint64(src), bytes)
		if !ok {
			return d.outside(name, uint64(src), bytes)
		}
		copy(to, from)
		return nil
	}})
	return nil
}

// copying begins a copy.
func (d *Driver) copying(name string, s cu.Stream) (*context, *stream, error) {
	c, err := d.within(name)
	if err != nil {
		return nil, nil, err
	}
	on, err := d.stream(name, c, s)
	return c, on, err
}

// outside notes an access to what is no allocation.
func (d *Driver) outside(name string, at uint64, n int) error {
	d.violate("%s: %d bytes at %#x are not in one allocation", name, n, at)
	return cu.NewError(name, cu.IllegalAddress)
}

// span is a range of device memory.
type span struct {
	base  uint64
	bytes int
}

func (s span) meets(r *region) bool {
	return s.base < r.end() && r.base < s.base+uint64(min(s.bytes, math.MaxInt32))
}
