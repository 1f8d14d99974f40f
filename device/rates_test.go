package device

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/quern-go/quern/internal/diskcache"
)

func TestCachedRates(t *testing.T) {
	t.Setenv(diskcache.EnvDirectory, filepath.Join(t.TempDir(), "cache"))
	rates := Rates{LaunchSeconds: 1.5e-5, BytesPerSecond: 3.3e12, TransferPerSec: 2.5e10, FlopsPerSecond32: 6e13}
	measured := 0
	get := func(info Info, r Rates, fail error) (Rates, error) {
		return CachedRates(info, func() (Rates, error) { measured++; return r, fail })
	}
	gpu := Info{Driver: "cuda", Name: "a GPU", Version: "580.1"}
	updated, second := gpu, gpu
	updated.Version = "590.0"
	second.Ordinal = 1
	failure := errors.New("no memory to measure with")
	for _, c := range []struct {
		name     string
		info     Info
		rates    Rates
		err      error
		want     Rates
		measures bool
	}{
		{"fails", gpu, Rates{}, failure, Rates{}, true},
		{"not finite", gpu, Rates{BytesPerSecond: math.Inf(1)}, nil, Rates{BytesPerSecond: math.Inf(1)}, true},
		{"nothing", gpu, Rates{}, nil, Rates{}, true},
		{"first", gpu, rates, nil, rates, true},
		{"known", gpu, Rates{BytesPerSecond: 1}, nil, rates, false},
		{"the same hardware twice", second, Rates{BytesPerSecond: 1}, nil, rates, false},
		{"another driver version", updated, Rates{BytesPerSecond: 1}, nil, Rates{BytesPerSecond: 1}, true},
		{"still known", gpu, Rates{BytesPerSecond: 1}, nil, rates, false},
	} {
		before := measured
		got, err := get(c.info, c.rates, c.err)
		if got != c.want || !errors.Is(err, c.err) || (measured > before) != c.measures {
			t.Errorf("%s: %+v (%v), measured %v; expected %+v (%v), %v", c.name, got, err, measured > before, c.want, c.err, c.measures)
		}
	}
	if err := diskcache.Clear(); err != nil {
		t.Fatal(err)
	}
	before := measured
	if _, err := get(gpu, rates, nil); err != nil || measured == before {
		t.Errorf("after clear nothing was measured (%v)", err)
	}
}

func TestCachedRatesWithoutCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(diskcache.EnvDirectory, file)
	want := Rates{BytesPerSecond: 1}
	for range 2 {
		if got, err := CachedRates(Info{}, func() (Rates, error) { return want, nil }); got != want || err != nil {
			t.Errorf("%+v (%v), expected what was measured", got, err)
		}
	}
}
