package cpu

import (
	"testing"
)

// TestLevels: every level opens, the best is the one taken unasked.
func TestLevels(t *testing.T) {
	levels := Levels()
	for _, level := range levels {
		d, err := Open(Options{Level: level, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Info().Platform; got != level {
			t.Errorf("level %s opened as %s", level, got)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	d, err := Open(Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if best := levels[len(levels)-1]; d.Info().Platform != best {
		t.Errorf("%s is the best level, %s was taken", best, d.Info().Platform)
	}
}
