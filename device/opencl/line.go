package opencl

import (
	"encoding/binary"
	"time"
	"unsafe"

	"github.com/quern-go/quern/device/internal/queue"
)

// line is a command queue as a stream's Line. A mark is the event of a launch.
type line struct {
	device  *Device
	api     *api
	queue   uintptr
	call    *call
	stream  *queue.Stream[uintptr] // that the line is of
	unsaved []*executable          // whose kernels have been launched for the first time
	stage   *stage                 // of the transfers since the last Sync
}

// Begin and End have nothing to do: every thread may call OpenCL.
func (s *line) Begin() error { return nil }

// End see Begin.
func (s *line) End() {}

// Ended asks for the state of a launch.
func (s *line) Ended(m queue.Mark) (ended bool, took time.Duration, err error) {
	var status int32
	err = s.api.call(getEventInfo, m.End, eventExecutionStatus,
		unsafe.Sizeof(status), uintptr(unsafe.Pointer(&status)), 0)
	switch {
	case err != nil:
		return false, 0, err
	case status < 0:
		return false, 0, &Error{Function: "work on the device", Code: status, work: true}
	case status != eventComplete:
		return false, 0, nil
	}
	return true, s.elapsed(m.End), nil
}

// elapsed is the time that the event's command ran; 0 if the device does not tell.
func (s *line) elapsed(event uintptr) time.Duration {
	return time.Duration(max(0, s.profile(event, profilingEnd)-s.profile(event, profilingStart)))
}

func (s *line) profile(event uintptr, name uintptr) int64 {
	var value [8]byte
	err := s.api.call(getEventProfiling, event, name, unsafe.Sizeof(value), uintptr(unsafe.Pointer(&value)), 0)
	if err != nil {
		return 0
	}
	return int64(binary.NativeEndian.Uint64(value[:]))
}

// Wait waits for a launch.
func (s *line) Wait(m queue.Mark) error {
	return s.api.call(waitForEvents, 1, uintptr(unsafe.Pointer(&m.End)))
}

// Forget releases a launch's event.
func (s *line) Forget(m queue.Mark) { _ = s.api.release(events, m.End) }

// Finish waits for everything queued.
func (s *line) Finish() error { return s.api.call(finish, s.queue) }

// Quiesce is Finish once more: there is nothing else to ask.
func (s *line) Quiesce() { _ = s.Finish() }

// Synced gives the stage back and puts programs whose kernels have now run in the cache.
func (s *line) Synced(err error) {
	s.giveStageBack()
	for i, x := range s.unsaved {
		if err == nil {
			s.device.saveBinary(x)
		}
		s.unsaved[i] = nil
	}
	s.unsaved = s.unsaved[:0]
}

// Close ends the queue.
func (s *line) Close(error) error {
	s.unsaved = nil
	s.giveStageBack()
	return s.api.release(queues, s.queue)
}
