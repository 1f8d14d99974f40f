package cuda

import (
	"strconv"

	"github.com/quern-go/quern/device/internal/cache"
)

// Cache keeps compiled programs from one run of the program to the next. It gives
// back what was put whole, or nothing.
type Cache = cache.Cache

// cacheFormat changes when what this package stores changes its meaning.
const cacheFormat = "1"

// cacheKey names a thing that depends on the kind of device, its driver, and the
// parts.
func (d *Device) cacheKey(kind string, parts ...string) string {
	f := &d.found.facts
	return cache.Key(kind, append([]string{cacheFormat, f.name, strconv.Itoa(f.capability), strconv.Itoa(d.version), d.api.Library()}, parts...)...)
}
