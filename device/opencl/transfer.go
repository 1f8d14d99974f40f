package opencl

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/device/internal/queue"
)

// Write copies to the device; src may change when it returns.
func (s *line) Write(dst *block, src []byte) error {
	switch {
	case s.device.mapped:
		return s.inPlace(context.Background(), dst, len(src), mapWriteInvalidateRegion, func(p []byte, at int) { queue.Copy(p, src[at:]) })
	case len(src) > stageBytes/4:
		if st := s.staged(); st != nil {
			return queue.Write(s, &st.Stage, dst.Memory(), src)
		}
	}
	return queue.Chunks(context.Background(), len(src), func(at, n int) error {
		return s.api.call(enqueueWrite, s.queue, dst.Memory(), 1, uintptr(at), uintptr(n),
			uintptr(unsafe.Pointer(&src[at])), 0, 0, 0)
	})
}

// Read copies from the device, after the work queued with it, and waits. The queue may
// still have the end of a mapping to do.
func (s *line) Read(ctx context.Context, dst []byte, src *block) (idle bool, err error) {
	switch {
	case s.device.mapped:
		return false, s.inPlace(ctx, src, len(dst), mapRead, func(p []byte, at int) { queue.Copy(dst[at:], p) })
	case len(dst) > stageBytes/4:
		if st := s.staged(); st != nil {
			return false, queue.Read(ctx, s, &st.Stage, dst, src.Memory())
		}
	}
	return false, queue.Chunks(ctx, len(dst), func(at, n int) error {
		return s.api.call(enqueueRead, s.queue, src.Memory(), 1, uintptr(at), uintptr(n),
			uintptr(unsafe.Pointer(&dst[at])), 0, 0, 0)
	})
}

// inPlace maps n bytes of a block into the host's memory, where move does its
// part: on unified memory that costs no copy of the driver's.
func (s *line) inPlace(ctx context.Context, b *block, n int, flags uintptr, move func(p []byte, at int)) error {
	return queue.Chunks(ctx, n, func(at, n int) error {
		p, err := s.device.mapMemory(s.queue, b.Memory(), at, n, flags)
		if err != nil {
			return err
		}
		move(unsafe.Slice((*byte)(p), n), at)
		return s.device.unmapMemory(s.queue, b.Memory(), p)
	})
}

// mapMemory maps part of a memory object, when the queue gets there, and waits.
func (d *Device) mapMemory(commands, mem uintptr, at, n int, flags uintptr) (unsafe.Pointer, error) {
	var code int32
	p := d.api.invoke(enqueueMap, &code, commands, mem, 1, flags, uintptr(at), uintptr(n), 0, 0, 0, uintptr(unsafe.Pointer(&code)))
	p, err := d.api.created(mappings, enqueueMap, p, code)
	// The address is of memory outside of Go's heap.
	return *(*unsafe.Pointer)(unsafe.Pointer(&p)), err
}

func (d *Device) unmapMemory(commands, mem uintptr, p unsafe.Pointer) error {
	d.api.alive[mappings].Add(-1)
	return d.api.call(enqueueUnmap, commands, mem, uintptr(p), 0, 0, 0)
}
