package opencl

import (
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/internal/cache"
)

const driverName = "opencl"

func init() { device.Register(driver{}) }

// driver is the device.Driver.
type driver struct{}

func (driver) Name() string { return driverName }

// Probe lists the devices and compiles nothing: whether a device gives the
// oracle's bits is its own word, or what an earlier Open has found out.
func (driver) Probe() ([]device.Info, error) {
	d := discoverOnce()
	if len(d.devices) == 0 {
		return nil, d.problems
	}
	known := cache.Default(driverName)
	var infos []device.Info
	for i, f := range d.devices {
		infos = append(infos, d.probe(f, i, known))
	}
	return infos, d.problems
}

func (driver) Open(ordinal int) (device.Device, error) {
	d, err := Open(ordinal, Options{Cache: cache.Default(driverName)})
	if err != nil {
		return nil, err
	}
	return d, nil
}
