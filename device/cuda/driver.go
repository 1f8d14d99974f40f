package cuda

import (
	"os"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/internal/cache"
)

const driverName = "cuda"

// envTexts is the environment variable that names Options.Texts.
const envTexts = "QUERN_CUDA_TEXTS"

func init() { device.Register(driver{}) }

// driver is the device.Driver.
type driver struct{}

// theSystem is the machine's driver with its devices. They are looked for once, so
// that ordinals mean the same device as long as the program runs.
var theSystem = sync.OnceValue(func() *system {
	api, err := cu.Load()
	if err != nil {
		return &system{problems: err}
	}
	s := discover(api)
	s.blas = openBLAS(s.version)
	return s
})

func (driver) Name() string { return driverName }

func (driver) Probe() ([]device.Info, error) { return theSystem().probe() }

// Details opens NVIDIA's management library and cuBLAS.
func (driver) Details(ordinal int) []device.Detail {
	m, why := openMonitor()
	return theSystem().details(ordinal, cache.Default(driverName), m, why)
}

func (driver) Open(ordinal int) (device.Device, error) {
	d, err := Open(ordinal, Options{Cache: cache.Default(driverName), Texts: os.Getenv(envTexts)})
	if err != nil {
		return nil, err
	}
	return d, nil
}
