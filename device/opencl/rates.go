package opencl

import "github.com/quern-go/quern/device"

func (d *Device) recallRates() device.Rates { return device.Rates{} }
