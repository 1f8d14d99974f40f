package device

import (
	"encoding/json"
	"math"

	"github.com/quern-go/quern/internal/diskcache"
)

// ratesVersion grows when what Rates mean, or how drivers measure them, changes.
const ratesVersion = 1

// ratesKey is what tells a device's speeds from another's: its identity, and the
// version of its driver.
type ratesKey struct {
	Cached                                  int
	Driver, Name, Vendor, Platform, Version string
	ComputeUnits                            int
	MemoryBytes                             int64
}

// CachedRates are the speeds measured before for such a device with such a
// driver, by any process of the user, or else those that measure finds now, which
// are kept for next time. They are removed by quern cache clear. An error is
// measure's.
func CachedRates(info Info, measure func() (Rates, error)) (Rates, error) {
	cache, err := diskcache.Open("rates")
	if err != nil {
		return measure() // then it is measured by each process
	}
	key, err := json.Marshal(ratesKey{ratesVersion, info.Driver, info.Name, info.Vendor, info.Platform, info.Version,
		info.ComputeUnits, info.MemoryBytes})
	if err != nil {
		return measure()
	}
	if text, ok := cache.Get(string(key)); ok {
		var r Rates
		if json.Unmarshal(text, &r) == nil && r.plausible() {
			return r, nil
		}
	}
	r, err := measure()
	if err != nil || !r.plausible() {
		return r, err
	}
	if text, err := json.Marshal(r); err == nil {
		_ = cache.Put(string(key), text) // then the next process measures again
	}
	return r, nil
}

// plausible reports whether the rates may be of a real device: finite, none
// negative, with some bandwidth.
func (r Rates) plausible() bool {
	for _, x := range []float64{r.LaunchSeconds, r.BytesPerSecond, r.TransferPerSec, r.FlopsPerSecond32, r.FlopsPerSecond64} {
		if !(x >= 0) || math.IsInf(x, 1) {
			return false
		}
	}
	return r.BytesPerSecond > 0
}
