package fakecuda

import "github.com/quern-go/quern/device/cuda/internal/cu"

// gpu is a device's state.
type gpu struct {
	*Device
	ordinal int
	primary *context // nil while nobody has retained it
	used    int64    // bytes
	taken   uint64   // of the address space
}

// Library names the package.
func (d *Driver) Library() string { return "fakecuda" }

// Has reports whether the driver has an ability.
func (d *Driver) Has(a cu.Ability) bool {
	for _, lacks := range d.options.Without {
		if a == lacks {
			return false
		}
	}
	return true
}

// Init is cuInit.
func (d *Driver) Init() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.count("cuInit"); err != nil {
		return err
	}
	if d.options.Init != cu.Success {
		return cu.NewError("cuInit", d.options.Init)
	}
	d.initialized = true
	return nil
}

// DriverVersion is cuDriverGetVersion.
func (d *Driver) DriverVersion() (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.options.Version, d.count("cuDriverGetVersion")
}

// DeviceGetCount is cuDeviceGetCount.
func (d *Driver) DeviceGetCount() (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.gpus), d.count("cuDeviceGetCount")
}

// DeviceGet is cuDeviceGet.
func (d *Driver) DeviceGet(ordinal int) (cu.Device, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.gpu("cuDeviceGet", cu.Device(ordinal))
	return cu.Device(ordinal), err
}

// gpu is the device of a handle; the lock is held.
func (d *Driver) gpu(name string, dev cu.Device) (*gpu, error) {
	if err := d.count(name); err != nil {
		return nil, err
	}
	if int(dev) < 0 || int(dev) >= len(d.gpus) {
		d.violate("%s: there is no device %d", name, dev)
		return nil, cu.NewError(name, cu.InvalidDevice)
	}
	return d.gpus[dev], nil
}

// fact asks for something of a device.
func fact[V any](d *Driver, name string, dev cu.Device, get func(g *gpu) V) (v V, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	g, err := d.gpu(name, dev)
	if err != nil {
		return v, err
	}
	return get(g), nil
}

// DeviceGetName is cuDeviceGetName.
func (d *Driver) DeviceGetName(dev cu.Device) (string, error) {
	return fact(d, "cuDeviceGetName", dev, func(g *gpu) string { return g.Name })
}

// DeviceGetUUID is cuDeviceGetUuid_v2.
func (d *Driver) DeviceGetUUID(dev cu.Device) ([16]byte, error) {
	return fact(d, "cuDeviceGetUuid_v2", dev, func(g *gpu) [16]byte { return g.UUID })
}

// DeviceGetPCIBusID is cuDeviceGetPCIBusId.
func (d *Driver) DeviceGetPCIBusID(dev cu.Device) (string, error) {
	return fact(d, "cuDeviceGetPCIBusId", dev, func(g *gpu) string { return g.PCIBusID })
}

// DeviceGetAttribute is cuDeviceGetAttribute.
func (d *Driver) DeviceGetAttribute(a cu.Attribute, dev cu.Device) (int, error) {
	return fact(d, "cuDeviceGetAttribute", dev, func(g *gpu) int { return g.Attributes[a] })
}

// DeviceTotalMem is cuDeviceTotalMem_v2.
func (d *Driver) DeviceTotalMem(dev cu.Device) (int64, error) {
	return fact(d, "cuDeviceTotalMem_v2", dev, func(g *gpu) int64 { return g.Memory })
}
