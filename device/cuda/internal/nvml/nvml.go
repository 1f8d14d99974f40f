// Package nvml asks NVIDIA's management library what the CUDA driver does not tell:
// temperature, power, utilisation, free memory without a context. Nothing depends
// on it.
package nvml

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/quern-go/quern/internal/dl"
)

// Library is the open management library. It stays open.
type Library struct {
	name      string
	addresses map[string]uintptr
	driver    string
}

// Readings are a device's state now. A field is 0, or negative where 0 is a
// possible value, if the device does not tell.
type Readings struct {
	FreeBytes   int64
	Celsius     int
	Watts       float64
	Utilisation int // percent; -1
}

// symbols are the functions; all are in every library since 2012 or so.
var symbols = []string{
	"nvmlInit_v2", "nvmlErrorString", "nvmlSystemGetDriverVersion", "nvmlDeviceGetHandleByUUID",
	"nvmlDeviceGetMemoryInfo", "nvmlDeviceGetTemperature", "nvmlDeviceGetPowerUsage", "nvmlDeviceGetUtilizationRates",
}

func names(goos string) []string {
	switch goos {
	case "windows":
		return []string{"nvml.dll"}
	case "darwin":
		return nil
	}
	return []string{"libnvidia-ml.so.1", "libnvidia-ml.so"}
}

// Open opens and initialises the library. The error says why there is none.
func Open() (*Library, error) {
	list := names(runtime.GOOS)
	if list == nil {
		return nil, fmt.Errorf("there is no NVML on %s", runtime.GOOS)
	}
	lib, err := dl.Open(list...)
	if err != nil {
		return nil, err
	}
	l := &Library{name: lib.Name, addresses: make(map[string]uintptr)}
	for _, s := range symbols {
		if l.addresses[s], err = lib.Symbol(s); err != nil {
			return nil, err
		}
	}
	if err := l.call("nvmlInit_v2"); err != nil {
		return nil, err
	}
	version := make([]byte, 96)
	if err := l.call("nvmlSystemGetDriverVersion", uintptr(unsafe.Pointer(&version[0])), uintptr(len(version))); err == nil {
		l.driver, _, _ = strings.Cut(string(version), "\x00")
	}
	return l, nil
}

// Driver is the driver's version as NVIDIA numbers its drivers: 580.82.07.
func (l *Library) Driver() string { return l.driver }

//go:uintptrescapes
func (l *Library) call(f string, args ...uintptr) error {
	code := int32(dl.Call(l.addresses[f], args...))
	if code == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s: %s (%d)", l.name, f, l.explain(code), code)
}

// explain asks the library for the meaning of a code; it answers with a constant.
func (l *Library) explain(code int32) string {
	result := dl.Call(l.addresses["nvmlErrorString"], uintptr(code))
	p := *(**byte)(unsafe.Pointer(&result)) // memory outside of Go's heap
	if p == nil {
		return "unknown code"
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(p, n))
}

// Read asks for the state of the device of a UUID as the driver writes it:
// GPU-… or MIG-….
func (l *Library) Read(uuid string) (Readings, error) {
	r := Readings{Utilisation: -1}
	text := append([]byte(uuid), 0)
	var device uintptr
	if err := l.call("nvmlDeviceGetHandleByUUID", uintptr(unsafe.Pointer(&text[0])), uintptr(unsafe.Pointer(&device))); err != nil {
		return r, err
	}
	var memory struct{ total, free, used uint64 }
	var celsius, milliwatts uint32
	var rates struct{ gpu, memory uint32 }
	err := l.call("nvmlDeviceGetMemoryInfo", device, uintptr(unsafe.Pointer(&memory)))
	if err == nil {
		r.FreeBytes = int64(memory.free)
	}
	// The rest is missing on some devices: MIG, vGPU, laptops.
	const sensorGPU = 0
	if l.call("nvmlDeviceGetTemperature", device, sensorGPU, uintptr(unsafe.Pointer(&celsius))) == nil {
		r.Celsius = int(celsius)
	}
	if l.call("nvmlDeviceGetPowerUsage", device, uintptr(unsafe.Pointer(&milliwatts))) == nil {
		r.Watts = float64(milliwatts) / 1000
	}
	if l.call("nvmlDeviceGetUtilizationRates", device, uintptr(unsafe.Pointer(&rates))) == nil {
		r.Utilisation = int(rates.gpu)
	}
	if err != nil {
		return r, errors.Join(errors.New("free memory"), err)
	}
	return r, nil
}
