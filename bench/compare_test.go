package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// timed is a report of workloads with the given samples, in seconds.
func timed(samples map[string][]float64) *Report {
	r := &Report{SchemaVersion: SchemaVersion, Machine: Machine{CPU: new("A CPU")}, Runs: []Run{{Device: Device{Selector: "cpu", Driver: "cpu"}}}}
	for name, s := range samples {
		r.Runs[0].Results = append(r.Runs[0].Results, Result{Name: name, Time: Summarise(s, 1)})
	}
	return r
}

// around is ten samples within a share of a middle.
func around(middle, share float64) []float64 {
	out := make([]float64, 10)
	for i := range out {
		out[i] = middle * (1 + share*(float64(i)-4.5)/4.5)
	}
	return out
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name     string
		old, new []float64
		want     Verdict
	}{
		{"the same", around(1, 0.01), around(1, 0.01), Unchanged},
		{"slower", around(1, 0.01), around(1.2, 0.01), Slower},
		{"faster", around(1, 0.01), around(0.8, 0.01), Faster},
		{"slower by less than the threshold", around(1, 0.001), around(1.04, 0.001), Unchanged},
		{"slower within noise", around(1, 0.5), around(1.2, 0.5), Unchanged},
		{"too few samples for an interval", []float64{1, 1, 1}, []float64{2, 2, 2}, Unchanged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := timed(map[string][]float64{"a": test.new}).Compare(timed(map[string][]float64{"a": test.old}), 0.05)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Changes[0].Verdict; got != test.want {
				t.Errorf("%s, expected %s: %+v", got, test.want, c.Changes[0])
			}
			if (c.Slower == 1) != (test.want == Slower) || (c.Faster == 1) != (test.want == Faster) {
				t.Errorf("%d slower and %d faster", c.Slower, c.Faster)
			}
		})
	}
}

func TestCompareMistakes(t *testing.T) {
	one, quick := timed(map[string][]float64{"a": {1}}), timed(map[string][]float64{"a": {1}})
	quick.Quick = true
	if _, err := one.Compare(quick, 0); err == nil || !strings.Contains(err.Error(), "--quick") {
		t.Errorf("a full and a quick report: %v", err)
	}
	if _, err := one.Compare(timed(map[string][]float64{"b": {1}}), 0); err == nil || !strings.Contains(err.Error(), "in common") {
		t.Errorf("nothing in common: %v", err)
	}
	other := timed(map[string][]float64{"a": {1}})
	other.Machine.CPU = new("Another CPU")
	if c, err := one.Compare(other, 0); err != nil || !strings.Contains(c.Note, "Another CPU") {
		t.Errorf("another machine: %+v, %v", c, err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	old := example()
	old.SchemaVersion = SchemaVersion - 1
	if err := old.Save(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	timeless, negative := filepath.Join(dir, "timeless.json"), filepath.Join(dir, "negative.json")
	for path, text := range map[string]string{
		timeless: `{"schema_version": 2, "runs": [{"results": [{"name": "sum/1e8"}]}]}`,
		negative: `{"schema_version": 2, "runs": [{"results": [{"name": "a", "time": {"median_seconds": 1, "min_seconds": 1, "samples_seconds": [1, -1]}}]}]}`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		path: "schema version", filepath.Join(dir, "none.json"): "none.json", "compare_test.go": "invalid",
		timeless: `"sum/1e8": it took 0 seconds`, negative: "-1 seconds",
	} {
		if _, err := Load(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected %q", name, err, want)
		}
	}
}
