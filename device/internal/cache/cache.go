// Package cache is what drivers keep on disk, compiled programs and measurements, from one run of the program to the
// next. It costs nobody a result: what cannot be read or written is made anew.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/quern-go/quern/internal/diskcache"
)

// Cache keeps things by their keys. It gives back what was put whole, or nothing.
type Cache interface {
	Get(key string) (data []byte, ok bool)
	Put(key string, data []byte) error
}

// Default is the user's cache of a driver, nil where there is no place for one.
func Default(driver string) Cache {
	c, err := diskcache.Open(driver)
	if err != nil {
		return nil
	}
	return c
}

// Key names a thing of a kind, such as program, that depends on the parts.
func Key(kind string, parts ...string) string {
	h := sha256.New()
	for _, s := range parts {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return kind + "-" + hex.EncodeToString(h.Sum(nil))
}

// Recall returns what is in c, which may be nil.
func Recall(c Cache, key string) (data []byte, ok bool) {
	if c == nil {
		return nil, false
	}
	return c.Get(key)
}

// Remember stores data in c, which may be nil. A cache that cannot be written costs time, no result.
func Remember(c Cache, key string, data []byte) {
	if c != nil {
		_ = c.Put(key, data)
	}
}
