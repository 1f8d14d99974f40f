package queue

import (
	"context"
	"time"

	"github.com/quern-go/quern/device"
)

// Mark is a place in a driver's queue: the events before and after a launch, as the
// driver has them; 0 for one that is not needed.
type Mark struct{ Start, End uintptr }

// Line is a driver's in-order queue. Its methods are called by one goroutine at a
// time, and all but Begin between Begin and End; what they answer is wrapped by the
// Stream.
type Line[M any] interface {
	// Begin makes the driver ready for calls on this thread, until End.
	Begin() error
	End()
	// Ended says whether the work before a mark has been done and how long the marked
	// launch took, 0 if that is not known. It does not wait. The error may be of the work.
	Ended(m Mark) (ended bool, took time.Duration, err error)
	// Wait waits for the work before a mark.
	Wait(m Mark) error
	// Forget gives the events of a mark back.
	Forget(m Mark)
	// Finish waits for everything queued.
	Finish() error
	// Quiesce waits for the device after something has failed: memory may be given
	// away only when no work uses it.
	Quiesce()
	// Write copies to the device; src may change when it returns.
	Write(dst *device.Block[M], src []byte) error
	// Read copies from the device, after the work queued with it, and waits; idle says
	// that then nothing is left that Finish would have to wait for.
	Read(ctx context.Context, dst []byte, src *device.Block[M]) (idle bool, err error)
	// Synced is told how a Sync went, whose work is over.
	Synced(err error)
	// Close ends the queue, on which nothing is left; begun is what Begin answered.
	Close(begun error) error
}
