package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
)

// Load reads a report that Save wrote.
func Load(path string) (*Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load a benchmark's report: %w", err)
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("load a benchmark's report: %s: %w", path, err)
	}
	if r.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("load a benchmark's report: %s: schema version %d, expected %d", path, r.SchemaVersion, SchemaVersion)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("load a benchmark's report: %s: %w", path, err)
	}
	return &r, nil
}

// check finds times that are none: rates and ratios divide by them.
func (r *Report) check() error {
	for _, run := range r.Runs {
		for i := range run.Results {
			result := &run.Results[i]
			if err := result.Time.check(); err != nil {
				return fmt.Errorf("workload %q: %w", result.Name, err)
			}
			for _, peer := range result.Peers {
				if err := peer.Time.check(); err != nil {
					return fmt.Errorf("workload %q: peer %q: %w", result.Name, peer.Peer, err)
				}
			}
		}
	}
	return nil
}

func (s *Stats) check() error {
	for _, seconds := range append([]float64{s.MinSeconds, s.MedianSeconds}, s.All...) {
		if !(seconds > 0) || seconds > math.MaxFloat32 {
			return fmt.Errorf("it took %v seconds, which is no time", seconds)
		}
	}
	return nil
}

// Comparison is a report beside an earlier one.
type Comparison struct {
	Date      string   `json:"date"` // of the earlier report
	Commit    string   `json:"commit"`
	Threshold float64  `json:"threshold"` // changes of less count as none
	Note      string   `json:"note,omitempty"`
	Changes   []Change `json:"changes"`
	Slower    int      `json:"slower"`
	Faster    int      `json:"faster"`
}

// Change is one workload on one device, then and now.
type Change struct {
	Workload   string  `json:"workload"`
	Device     string  `json:"device"`
	OldSeconds float64 `json:"old_median_seconds"`
	NewSeconds float64 `json:"new_median_seconds"`
	Ratio      Ratio   `json:"ratio"` // of the new time to the old
	Verdict    Verdict `json:"verdict"`
}

// Verdict is what became of a workload.
type Verdict string

// The verdicts. A workload has changed if the median did by more than the threshold and the 95% intervals of both
// medians do not overlap.
const (
	Slower    Verdict = "slower"
	Faster    Verdict = "faster"
	Unchanged Verdict = "unchanged"
)

// Compare sets the report beside an earlier one. threshold is relative: 0.05 is 5%.
func (r *Report) Compare(old *Report, threshold float64) (*Comparison, error) {
	c := &Comparison{Date: old.Date, Commit: old.Commit, Threshold: threshold, Note: differentMachine(r.Machine, old.Machine)}
	if r.Quick != old.Quick {
		return nil, errors.New("compare benchmarks: one report is of --quick and the other is not")
	}
	before := make(map[string]*Result)
	for _, run := range old.Runs {
		for i := range run.Results {
			before[run.Device.Selector+" "+run.Results[i].Name] = &run.Results[i]
		}
	}
	for _, run := range r.Runs {
		for _, now := range run.Results {
			if was := before[run.Device.Selector+" "+now.Name]; was != nil {
				c.add(run.Device.Selector, was, &now)
			}
		}
	}
	if len(c.Changes) == 0 {
		return nil, errors.New("compare benchmarks: the reports have no workload on the same device in common")
	}
	return c, nil
}

func (c *Comparison) add(device string, was, now *Result) {
	change := Change{Workload: now.Name, Device: device, OldSeconds: was.Time.MedianSeconds, NewSeconds: now.Time.MedianSeconds,
		Ratio: NewRatio(now.Time, was.Time), Verdict: Unchanged}
	switch {
	case change.Ratio.beyond(c.Threshold):
		change.Verdict = Slower
		c.Slower++
	case NewRatio(was.Time, now.Time).beyond(c.Threshold):
		change.Verdict = Faster
		c.Faster++
	}
	c.Changes = append(c.Changes, change)
}

// differentMachine says what sets the machines of two reports apart, or "".
func differentMachine(a, b Machine) string {
	model := func(m Machine) string {
		if m.CPU == nil {
			return "an unknown CPU"
		}
		return *m.CPU
	}
	if model(a) != model(b) {
		return fmt.Sprintf("the reports are of different machines: %s, and before %s", model(a), model(b))
	}
	return ""
}
