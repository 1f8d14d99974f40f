package cuda

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/quern-go/quern/device/cuda/internal/cublas"
)

// envBLAS is the environment variable that turns the use of cuBLAS off.
const envBLAS = "QUERN_CUBLAS"

// errNoBLAS says that nobody has looked for cuBLAS.
var errNoBLAS = errors.New("not looked for")

// openBLAS opens cuBLAS for a driver's version. It takes a good part of a second, so
// that is put off until a kernel has a use for it.
func openBLAS(version int) func() (cublas.API, error) {
	return sync.OnceValues(func() (cublas.API, error) {
		if s := os.Getenv(envBLAS); s == "off" || s == "0" {
			return nil, fmt.Errorf("turned off by %s=%s", envBLAS, s)
		}
		return cublas.Open(version)
	})
}

// handle is a handle of cuBLAS for the line's stream, made when it is first needed;
// the device's context is current. Once one cannot be made, the device does without.
func (s *line) handle() (cublas.Handle, error) {
	if s.blas != 0 {
		return s.blas, nil
	}
	d := s.device
	api, err := d.blas()
	if err != nil {
		return 0, err
	}
	h, ok := d.handles.Pop()
	if !ok {
		if h, err = api.Create(); err != nil {
			return 0, err
		}
	}
	// The library's own memory serves: nothing but this stream uses the handle.
	if err := api.SetStream(h, s.queue); err != nil {
		d.handles.Push(h)
		return 0, err
	}
	s.blas = h
	return h, nil
}

// giveBack keeps the line's handle for another.
func (s *line) giveBack() {
	if s.blas != 0 {
		s.device.handles.Push(s.blas)
		s.blas = 0
	}
}

// destroyHandles ends the life of handles that nobody uses.
func (d *Device) destroyHandles() error {
	var errs []error
	for h, ok := d.handles.Pop(); ok; h, ok = d.handles.Pop() {
		if api, err := d.blas(); err == nil && !d.lost.Load() {
			errs = append(errs, api.Destroy(h))
		}
	}
	return errors.Join(errs...)
}
