package cuda

import (
	"errors"
	"fmt"
	"os"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/cublas"
)

// system is the driver and its devices.
type system struct {
	api     cu.API
	version int // the newest CUDA that the driver supports, such as 12040
	devices []*found
	// problems says, of what is not among the devices, why.
	problems error
	// blas opens cuBLAS, once.
	blas func() (cublas.API, error)
}

// found is a device that discovery has found.
type found struct {
	primary *primary
	facts   facts
}

// oldestDriver is CUDA 11.0, the first whose compiler knows every instruction of
// sm_80 and PTX 7.0.
const oldestDriver = 11000

// discover lists the devices in the driver's order, which CUDA_VISIBLE_DEVICES and
// CUDA_DEVICE_ORDER decide. One that fails does not hide the others.
func discover(api cu.API) *system {
	s := &system{api: api, blas: func() (cublas.API, error) { return nil, errNoBLAS }}
	if err := api.Init(); err != nil {
		s.problems = explainInit(api.Library(), err)
		return s
	}
	n := 0
	if s.version, s.problems = api.DriverVersion(); s.problems == nil {
		n, s.problems = api.DeviceGetCount()
	}
	switch {
	case s.problems != nil:
		s.problems = fmt.Errorf("%s: list the devices: %w", api.Library(), s.problems)
		return s
	case s.version < oldestDriver:
		s.problems = fmt.Errorf("%s: the driver supports CUDA %s, expected %s or newer: update the NVIDIA driver",
			api.Library(), versionText(s.version), versionText(oldestDriver))
		return s
	case n == 0:
		s.problems = explainNone(api.Library())
		return s
	}
	var problems []error
	for i := range n {
		f, err := describe(api, i)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		s.devices = append(s.devices, f)
	}
	s.problems = errors.Join(problems...)
	return s
}

// visibleDevices is the variable by which the driver hides devices.
const visibleDevices = "CUDA_VISIBLE_DEVICES"

// explainNone says why the driver has no device.
func explainNone(library string) error {
	if list, set := os.LookupEnv(visibleDevices); set {
		return fmt.Errorf("%s: there is no device: %s=%q hides them, or there is none", library, visibleDevices, list)
	}
	return fmt.Errorf("%s: there is no device", library)
}

// explainInit says what a failure of cuInit means for the user.
func explainInit(library string, err error) error {
	advice := ""
	switch cu.CodeOf(err) {
	case cu.NoDevice:
		if _, set := os.LookupEnv(visibleDevices); set {
			return fmt.Errorf("%w (%w)", explainNone(library), err)
		}
		advice = "there is no NVIDIA GPU, or this container was started without it (docker run --gpus all)"
	case cu.StubLibrary:
		advice = "this is the toolkit's stub for linking, not a driver"
	case cu.SystemNotReady:
		advice = "the GPUs are not ready yet: is nvidia-fabricmanager running?"
	case cu.SystemDriverMismatch:
		advice = "the library and the kernel module have different versions: reboot after an update of the driver"
	case cu.CompatNotSupportedDevice:
		advice = "this is a library for forward compatibility, which this GPU does not support"
	case cu.MPSConnectionFailed:
		advice = "the MPS daemon cannot be reached"
	case cu.Unknown:
		advice = "is the kernel module loaded (nvidia-smi, modprobe nvidia nvidia_uvm)?"
	default:
		return fmt.Errorf("%s: %w", library, err)
	}
	return fmt.Errorf("%s: %s: %w", library, advice, err)
}

// probe describes the devices.
func (s *system) probe() ([]device.Info, error) {
	var infos []device.Info
	for i, f := range s.devices {
		infos = append(infos, f.facts.info(i, s.api.Library(), s.version))
	}
	if len(infos) == 0 && s.problems == nil {
		return nil, errors.New("no device")
	}
	return infos, s.problems
}

// details are what other libraries tell of a device: the monitor, of now, and cuBLAS; and
// what a cache has of its tensor units.
func (s *system) details(ordinal int, c Cache, m monitor, why error) []device.Detail {
	if ordinal < 0 || ordinal >= len(s.devices) {
		return nil
	}
	value := ""
	if api, err := s.blas(); err != nil {
		value = "none: " + err.Error()
	} else {
		value = api.Library() + ", for Fast"
	}
	d := s.unopened(ordinal, Options{Cache: c})
	return append(d.found.facts.readings(m, why), device.Detail{Name: "cuBLAS", Value: value},
		device.Detail{Name: "float64 tensor units", Value: d.findProduct64(d.remembers64).String()})
}
