package main

import (
	"strings"
	"testing"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]int{
		"1": 1, "4096": 4096, "17B": 17, "256KiB": 256 << 10, "64MiB": 64 << 20, "4GiB": 4 << 30, "1.5 GiB": 3 << 29, "1TiB": 1 << 40,
		"500MB": 500e6, "2kB": 2000,
		"": 0, "0": 0, "-1GiB": 0, "x": 0, "GiB": 0, "1e30GiB": 0, "NaN": 0, "inf": 0, "4 gigs": 0,
	} {
		var s sizeFlag
		if err := s.Set(text); int(s) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d bytes, error %v; expected %d", text, s, err, want)
		}
	}
}

// TestWorkspaceFlag: a size, or wrong usage.
func TestWorkspaceFlag(t *testing.T) {
	iris := "x=../../examples/data/iris.npy"
	want, _, status := invoke(t, nil, "eval", "sum(x*x, 0)", iris)
	if status != 0 {
		t.Fatal("eval failed")
	}
	if got, _, status := invoke(t, nil, "eval", "sum(x*x, 0)", iris, "--workspace", "1GiB", "--strict"); status != 0 || got != want {
		t.Errorf("status %d, %q, expected %q", status, got, want)
	}
	if _, message, status := invoke(t, nil, "eval", "sum(x, 0)", iris, "--workspace", "much"); status != 2 || !strings.Contains(message, "256KiB") {
		t.Errorf("status %d, %q", status, message)
	}
}
