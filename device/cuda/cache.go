package cuda

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/quern-go/quern/internal/diskcache"
)

// Cache keeps compiled programs from one run of the program to the next. It gives
// back what was put whole, or nothing.
type Cache interface {
	Get(key string) (data []byte, ok bool)
	Put(key string, data []byte) error
}

// defaultCache is the user's, nil where there is no place for one.
func defaultCache() Cache {
	c, err := diskcache.Open(driverName)
	if err != nil {
		return nil
	}
	return c
}

// cacheFormat changes when what this package stores changes its meaning.
const cacheFormat = "1"

// cacheKey names a thing that depends on the kind of device, its driver, and the
// parts.
func (d *Device) cacheKey(kind string, parts ...string) string {
	h := sha256.New()
	f := &d.found.facts
	for _, s := range append([]string{cacheFormat, f.name, strconv.Itoa(f.capability), strconv.Itoa(d.version), d.api.Library()}, parts...) {
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
