package cuda

import (
	"fmt"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/nvml"
)

// monitor tells of a device what changes from moment to moment.
type monitor interface {
	// Driver is the driver's version as NVIDIA numbers its drivers.
	Driver() string
	Read(uuid string) (nvml.Readings, error)
}

// openMonitor opens the management library; why says why there is none.
func openMonitor() (m monitor, why error) {
	l, err := nvml.Open()
	if err != nil {
		return nil, err
	}
	return l, nil
}

// readings is what the monitor tells, or why it does not.
func (f *facts) readings(m monitor, why error) []device.Detail {
	if m == nil {
		return []device.Detail{{Name: "monitor", Value: "none: " + why.Error()}}
	}
	list := []device.Detail{{Name: "driver release", Value: m.Driver()}}
	r, err := m.Read(f.uuid)
	if err != nil {
		// The driver gives the UUID of a MIG device without saying that it is one.
		if mig, migErr := m.Read("MIG" + f.uuid[len("GPU"):]); migErr == nil {
			r, err = mig, nil
		}
	}
	add := func(known bool, name, format string, args ...any) {
		value := "not told"
		if known {
			value = fmt.Sprintf(format, args...)
		}
		list = append(list, device.Detail{Name: name, Value: value})
	}
	if err != nil {
		return append(list, device.Detail{Name: "monitor", Value: err.Error()})
	}
	add(r.FreeBytes > 0, "free memory", "%d MiB", r.FreeBytes>>20)
	add(r.Celsius > 0, "temperature", "%d °C", r.Celsius)
	add(r.Watts > 0, "power", "%.0f W", r.Watts)
	add(r.Utilisation >= 0, "utilisation", "%d %%", r.Utilisation)
	return list
}
