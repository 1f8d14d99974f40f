package queue

import (
	"testing"
	"time"
)

func TestSliceGroups(t *testing.T) {
	for _, c := range []struct {
		name              string
		left, most, units int
		work, rate        float64
		want              int
	}{
		{"short work at once", 1000, 1 << 22, 4, 1e3, 1e9, 1000},
		{"long work in slices", 1e6, 1 << 22, 4, 1e6, 1e9, 20},
		{"every unit gets a group", 1e6, 1 << 22, 64, 1e6, 1e9, 64},
		{"a last bit is not left over", 28, 1 << 22, 4, 1e6, 1e9, 28},
		{"a group of its own", 100, 1 << 22, 1, 1e12, 1e9, 1},
		{"the most of one launch", 1 << 30, 1 << 22, 4, 1, 1e30, 1 << 22},
		{"no work", 1 << 20, 1 << 22, 4, 0, 1e9, 1 << 20},
		{"nothing left", 0, 1 << 22, 4, 1e6, 1e9, 0},
	} {
		if got := sliceGroups(c.left, c.most, c.units, c.work, c.rate); got != c.want {
			t.Errorf("%s: %d groups, expected %d", c.name, got, c.want)
		}
	}
}

func TestPaceLearns(t *testing.T) {
	var p Pace
	if got := p.rate(5); got != 5 {
		t.Errorf("rate %v before anything is known, expected the guess", got)
	}
	p.learn(100, 0) // a device that does not tell
	p.learn(100, time.Second)
	p.learn(300, time.Second)
	if got := p.rate(5); got != 200 {
		t.Errorf("rate %v, expected 200", got)
	}
}
