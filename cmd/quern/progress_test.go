package main

import (
	"testing"
	"time"
)

func TestProgressText(t *testing.T) {
	for _, c := range []struct {
		share, amount float64
		elapsed       time.Duration
		want          string
	}{
		{0.25, 4e9, 2 * time.Second, "500 Msamples/s, 6s left"},
		{0, 4e9, time.Second, "0 samples/s"},
		{0.001, 1e3, 10 * time.Second, "0.1 samples/s, 2h46m30s left"},
		{1, 10, time.Second, "10 samples/s, 0s left"},
	} {
		if got := rate(c.share*c.amount, "samples", c.elapsed) + timeLeft(c.share, c.elapsed); got != c.want {
			t.Errorf("%v of %v in %v: %q, expected %q", c.share, c.amount, c.elapsed, got, c.want)
		}
	}
}
