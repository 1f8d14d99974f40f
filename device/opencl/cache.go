package opencl

import (
	"strconv"

	"github.com/quern-go/quern/device/internal/cache"
)

// Cache keeps compiled programs and measurements from one run of the program to
// the next. It gives back what was put whole, or nothing.
type Cache = cache.Cache

// cacheFormat changes when what this package stores changes its meaning.
const cacheFormat = "1"

// cacheKey names a thing that depends on the device, its driver, and the parts.
func (f *facts) cacheKey(kind string, parts ...string) string {
	return cache.Key(kind, append([]string{cacheFormat, f.platform, f.name, f.version, f.driver,
		strconv.Itoa(f.addressBits), strconv.Itoa(strconv.IntSize)}, parts...)...)
}
