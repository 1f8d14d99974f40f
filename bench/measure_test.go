package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that passes only when a contender says so.
type clock struct {
	t   time.Time
	ran []string
}

func (c *clock) now() time.Time { return c.t }

// contender takes the given durations in turn, the last one for ever.
func (c *clock) contender(name string, took ...time.Duration) Contender {
	return Contender{Name: name, Run: func(context.Context) error {
		c.ran = append(c.ran, name)
		c.t = c.t.Add(took[0])
		if len(took) > 1 {
			took = took[1:]
		}
		return nil
	}}
}

func TestMeasureWarmsUpAndAlternates(t *testing.T) {
	c := &clock{}
	m := measurer{effort: Effort{Samples: 3, Budget: time.Hour, SampleTime: time.Millisecond}, now: c.now}
	stats, err := m.measure(context.Background(), []Contender{
		c.contender("a", 9*time.Second, 8*time.Second, 1*time.Second, 3*time.Second, 2*time.Second),
		c.contender("b", time.Second),
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{1, 3, 2}, stats[0].All); diff != "" {
		t.Errorf("the warm-up was kept or a sample lost: %s", diff)
	}
	if diff := cmp.Diff(strings.Split("a a b b a b b a a b", " "), c.ran); diff != "" {
		t.Errorf("not in turn, forwards and backwards: %s", diff)
	}
}

func TestMeasureRepeatsShortRuns(t *testing.T) {
	c := &clock{}
	m := measurer{effort: Effort{Samples: 2, Budget: time.Hour, SampleTime: time.Millisecond}, now: c.now}
	stats, err := m.measure(context.Background(), []Contender{c.contender("short", time.Microsecond)})
	if err != nil {
		t.Fatal(err)
	}
	if s := stats[0]; s.RunsPerSample < 1000 || s.RunsPerSample > 1500 || s.MedianSeconds != 1e-6 {
		t.Errorf("%d runs in a sample, %v s each; expected a little over 1000 of 1e-6 s", s.RunsPerSample, s.MedianSeconds)
	}
}

func TestMeasureStopsAtTheBudget(t *testing.T) {
	tests := []struct {
		name   string
		effort Effort
		want   int
	}{
		{"enough samples", Effort{Samples: 4, Least: 2, Budget: time.Hour}, 4},
		{"the budget is spent", Effort{Samples: 100, Least: 2, Budget: 5 * time.Second}, 5},
		{"but not before the least", Effort{Samples: 100, Least: 7, Budget: 5 * time.Second}, 7},
		{"always one", Effort{}, 1},
		{"cold: the first run counts", Effort{Samples: 1, Cold: true}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, sampled := &clock{}, 0
			m := measurer{effort: test.effort, now: c.now, sampled: func() { sampled++ }}
			stats, err := m.measure(context.Background(), []Contender{c.contender("a", time.Second)})
			if err != nil {
				t.Fatal(err)
			}
			if stats[0].Samples != test.want || sampled != test.want {
				t.Errorf("%d samples, %d reported; expected %d", stats[0].Samples, sampled, test.want)
			}
			if test.effort.Cold && len(c.ran) != 1 {
				t.Errorf("ran %d times, expected once", len(c.ran))
			}
		})
	}
}

func TestMeasureFails(t *testing.T) {
	broken := errors.New("broken")
	ctx, cancel := context.WithCancel(context.Background())
	runs := 0
	_, err := Measure(ctx, []Contender{{Name: "cancelled", Run: func(context.Context) error {
		if runs++; runs == 3 {
			cancel()
		}
		return nil
	}}}, Effort{Samples: 1000, Budget: time.Hour}, nil)
	if !errors.Is(err, context.Canceled) || runs != 3 {
		t.Errorf("after %d runs: %v; expected 3 and context.Canceled", runs, err)
	}
	_, err = Measure(context.Background(), []Contender{{Name: "bad", Run: func(context.Context) error { return broken }}}, Effort{}, nil)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "measure bad") {
		t.Errorf("error %v does not name the contender and its cause", err)
	}
}

func TestSpreadIsIncreasingFromFirstToLast(t *testing.T) {
	for _, n := range []int{1, 2, 99, 100, 101, 12345} {
		at := spread(n, 100)
		if at[0] != 0 || at[len(at)-1] != n-1 && n > 1 || !slices.IsSorted(at) || len(slices.Compact(at)) != min(n, 100) {
			t.Errorf("%d elements: positions %v", n, at)
		}
	}
}
