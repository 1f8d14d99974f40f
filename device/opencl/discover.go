package opencl

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/quern-go/quern/internal/dl"
)

// found is a device that discovery has found.
type found struct {
	platform uintptr
	id       uintptr
	facts    facts
}

// discovery is what the library has to offer.
type discovery struct {
	api     *api
	devices []*found
	// problems says, of what is not among the devices, why.
	problems error
}

// discoverOnce is the system's discovery. It happens once, so that ordinals mean
// the same device as long as the program runs.
var discoverOnce = sync.OnceValue(func() *discovery {
	a, err := openAPI(libraryNames(runtime.GOOS)...)
	if err != nil {
		return &discovery{problems: err}
	}
	return discover(a)
})

// discover lists every device of every platform, in the library's order. A
// platform that fails does not hide the others.
func discover(a *api) *discovery {
	d := &discovery{api: a}
	platforms, err := a.platforms()
	if err != nil {
		d.problems = err
		return d
	}
	var problems []error
	for _, p := range platforms {
		name := a.text(ofPlatform(p), platformName)
		ids, err := a.devicesOf(p)
		if errors.Is(err, errNoDevice) && name == poclPlatform {
			err = fmt.Errorf("%w; PoCL also says so when it cannot write to its cache directory ($POCL_CACHE_DIR)", err)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("platform %q: %w", name, err))
		}
		for _, id := range ids {
			f, err := describe(a, p, id)
			if err != nil {
				problems = append(problems, fmt.Errorf("platform %q: %w", name, err))
				continue
			}
			d.devices = append(d.devices, &found{platform: p, id: id, facts: f})
		}
	}
	d.problems = errors.Join(problems...)
	return d
}

// platforms lists the platforms.
func (a *api) platforms() (ids []uintptr, err error) {
	dl.PreserveSignals(func() {
		ids, err = listHandles(func(room uintptr, first *uintptr, count *uint32) error {
			return a.call(getPlatformIDs, room, uintptr(unsafe.Pointer(first)), uintptr(unsafe.Pointer(count)))
		})
	})
	switch {
	case hasCode(err, platformNotFound), err == nil && len(ids) == 0:
		return nil, fmt.Errorf("%s has no platform: no OpenCL driver (ICD) is installed, or none loads", a.library)
	case err != nil:
		return nil, fmt.Errorf("%s: list the platforms: %w", a.library, err)
	}
	return ids, nil
}

var errNoDevice = errors.New("it has no device")

// devicesOf lists a platform's devices.
func (a *api) devicesOf(platform uintptr) (ids []uintptr, err error) {
	dl.PreserveSignals(func() {
		ids, err = listHandles(func(room uintptr, first *uintptr, count *uint32) error {
			return a.call(getDeviceIDs, platform, deviceTypeAll, room,
				uintptr(unsafe.Pointer(first)), uintptr(unsafe.Pointer(count)))
		})
	})
	if hasCode(err, deviceNotFound) || err == nil && len(ids) == 0 {
		return nil, errNoDevice
	}
	return ids, err
}

// listHandles calls list for the number of handles, then for the handles. None of
// them is 0.
func listHandles(list func(room uintptr, first *uintptr, count *uint32) error) ([]uintptr, error) {
	var count uint32
	if err := list(0, nil, &count); err != nil || count == 0 {
		return nil, err
	}
	handles := make([]uintptr, count)
	if err := list(uintptr(count), &handles[0], &count); err != nil {
		return nil, err
	}
	var valid []uintptr
	for _, h := range handles[:min(int(count), len(handles))] {
		if h != 0 {
			valid = append(valid, h)
		}
	}
	return valid, nil
}
