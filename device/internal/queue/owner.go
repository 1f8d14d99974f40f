package queue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/device"
)

// Owner is the part of a device that its streams and buffers need: whether it can be
// used, its memory, and the list of open streams.
type Owner[M any] struct {
	Info   *device.Info
	Guess  float64      // operations a second before anything is measured
	Lost   *atomic.Bool // the device is
	Memory *device.Pool[M]

	closed atomic.Bool
	mu     sync.Mutex
	open   map[*Stream[M]]struct{}
}

// Usable says why the device cannot be used: it is closed or lost.
func (o *Owner[M]) Usable(op string) error {
	switch {
	case o.closed.Load():
		return fmt.Errorf("%s: %s: %w", op, o.Info.Selector(), device.ErrClosed)
	case o.Lost.Load():
		return fmt.Errorf("%s: %s: %w", op, o.Info.Selector(), device.ErrLost)
	}
	return nil
}

// Failure passes an error on and notes when it says that the device is lost.
func (o *Owner[M]) Failure(err error) error {
	if errors.Is(err, device.ErrLost) {
		o.Lost.Store(true)
	}
	return err
}

// Error is the failure of an operation.
func (o *Owner[M]) Error(op string, err error) error {
	return o.Failure(fmt.Errorf("%s: %s: %w", op, o.Info.Selector(), err))
}

// Closed says whether the device is.
func (o *Owner[M]) Closed() bool { return o.closed.Load() }

// Close ends the use of the device; false if it had ended before.
func (o *Owner[M]) Close() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed.CompareAndSwap(false, true)
}

// CloseStreams closes the streams that are open.
func (o *Owner[M]) CloseStreams() {
	for _, s := range o.streams() {
		_ = s.Close() // the device goes anyway
	}
}

// enter puts a stream in the list of open ones; false if the device has closed.
func (o *Owner[M]) enter(s *Stream[M]) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed.Load() {
		return false
	}
	if o.open == nil {
		o.open = make(map[*Stream[M]]struct{})
	}
	o.open[s] = struct{}{}
	return true
}

func (o *Owner[M]) leave(s *Stream[M]) {
	o.mu.Lock()
	delete(o.open, s)
	o.mu.Unlock()
}

func (o *Owner[M]) streams() []*Stream[M] {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Collect(maps.Keys(o.open))
}

// Alloc returns a block. When there is no more memory it tries again as the work of
// all streams goes on and lets go of its buffers, until none is left. Each stream is
// held for one flight at a time, so that a Sync whose context has ended need not wait
// for the rest.
func (o *Owner[M]) Alloc(bytes int) (*device.Block[M], error) {
	if err := o.Usable("allocate"); err != nil {
		return nil, err
	}
	b, err := o.Memory.Get(bytes)
	for more := true; more && errors.Is(err, device.ErrOutOfMemory); {
		more = false
		for _, s := range o.streams() {
			more = s.settle() || more
		}
		b, err = o.Memory.Get(bytes)
	}
	if err != nil {
		return nil, o.Failure(fmt.Errorf("%s: %w", o.Info.Selector(), err))
	}
	return b, nil
}

// block is the block behind a buffer of this device that its user has not released.
func (o *Owner[M]) block(op string, b device.Buffer) (*device.Block[M], error) {
	mine, ok := b.(*device.Block[M])
	switch {
	case !ok:
		return nil, fmt.Errorf("%s: %s: a buffer of another device was given (%T)", op, o.Info.Selector(), b)
	case mine.Released():
		return nil, fmt.Errorf("%s: %s: the buffer was released", op, o.Info.Selector())
	}
	return mine, nil
}
