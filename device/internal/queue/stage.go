package queue

import (
	"context"
	"unsafe"
)

// Stage is host memory that the device reaches by itself, in two halves of one size:
// the host copies to or from one while the device moves the other. From the program's
// own memory drivers reach half the link's speed or less, and some wait. A stage is
// used by one stream at a time.
type Stage struct {
	Halves [2]Half
	turn   int // the half for the next write
}

// Half is one half of a Stage, which the runtime allocates.
type Half struct {
	Base  unsafe.Pointer
	Bytes []byte // at Base
	// Event is that of the last transfer, and Pending that nobody has waited for it: both
	// are set by a Mover.
	Event   uintptr
	Pending bool

	used int // bytes at the start that transfers going on need
}

// Over notes that none of the stage's transfers are going on any more.
func (st *Stage) Over() {
	for i := range st.Halves {
		st.Halves[i].Pending, st.Halves[i].used = false, 0
	}
}

// Mover queues the transfers of a stage.
type Mover[M any] interface {
	// Send queues the copy of n bytes of the half from a place on, to a place in the
	// device's memory, and Fetch that of n bytes to the half's start.
	Send(h *Half, from, n int, dst M, at int) error
	Fetch(h *Half, n int, src M, at int) error
	// Await waits for the half's event. Whatever it returns, the transfer is over.
	Await(h *Half) error
}

// wait waits for the half's transfers.
func wait[M any](m Mover[M], h *Half) (err error) {
	if h.Pending {
		err = m.Await(h)
	}
	h.Pending, h.used = false, 0
	return err
}

// Write copies src to the device. The last transfers may go on when it returns. Small
// ones share a half, so that several go on without a wait between them.
func Write[M any](m Mover[M], st *Stage, dst M, src []byte) error {
	for at := 0; at < len(src); {
		h := &st.Halves[st.turn]
		n := min(len(h.Bytes), len(src)-at)
		if n > len(h.Bytes)-h.used {
			st.turn = 1 - st.turn
			h = &st.Halves[st.turn]
			if err := wait(m, h); err != nil {
				return err
			}
		}
		Copy(h.Bytes[h.used:h.used+n], src[at:])
		if err := m.Send(h, h.used, n, dst, at); err != nil {
			return err
		}
		h.used += n
		at += n
	}
	return nil
}

// Read copies from the device to dst. Whatever happens, no transfer is going on when
// it returns.
func Read[M any](ctx context.Context, m Mover[M], st *Stage, dst []byte, src M) (err error) {
	defer func() {
		for i := range st.Halves {
			if e := wait(m, &st.Halves[i]); err == nil {
				err = e
			}
		}
	}()
	size := len(st.Halves[0].Bytes)
	queue := func(at, i int) error {
		if at >= len(dst) {
			return nil
		}
		return m.Fetch(&st.Halves[i%2], min(size, len(dst)-at), src, at)
	}
	for i := range st.Halves {
		if err := wait(m, &st.Halves[i]); err != nil {
			return err
		}
	}
	if err := queue(0, 0); err != nil {
		return err
	}
	for at, i := 0, 0; at < len(dst); at, i = at+size, i+1 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := queue(at+size, i+1); err != nil {
			return err
		}
		h := &st.Halves[i%2]
		if err := wait(m, h); err != nil {
			return err
		}
		Copy(dst[at:min(at+size, len(dst))], h.Bytes)
	}
	return nil
}
