package opencl

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/quern-go/quern/internal/diskcache"
)

// Cache keeps compiled programs and measurements from one run of the program to
// the next. It gives back what was put whole, or nothing.
type Cache interface {
	Get(key string) (data []byte, ok bool)
	Put(key string, data []byte) error
}

// cacheFormat changes when what this package stores changes its meaning.
const cacheFormat = "1"

// defaultCache is the cache of devices opened by a selector: nil if the user has no
// directory for one.
func defaultCache() Cache {
	cache, err := diskcache.Open(driverName)
	if err != nil {
		return nil
	}
	return cache
}

// cacheKey names a thing that depends on the device, its driver, and the parts.
func (f *facts) cacheKey(kind string, parts ...string) string {
	h := sha256.New()
	for _, s := range append([]string{cacheFormat, f.platform, f.name, f.version, f.driver,
		strconv.Itoa(f.addressBits), strconv.Itoa(strconv.IntSize)}, parts...) {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return kind + "-" + hex.EncodeToString(h.Sum(nil))
}

// recall returns what is in the cache, if there is one.
func (d *Device) recall(key string) ([]byte, bool) {
	if d.options.Cache == nil {
		return nil, false
	}
	return d.options.Cache.Get(key)
}

// remember stores data. A cache that cannot be written costs time, no result.
func (d *Device) remember(key string, data []byte) {
	if d.options.Cache != nil {
		_ = d.options.Cache.Put(key, data)
	}
}
