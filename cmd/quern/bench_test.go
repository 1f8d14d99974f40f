package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-go/quern/bench"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares a text with the file of that name in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (rewrite with -update): %s", path, diff)
	}
}

func TestBenchTable(t *testing.T) {
	stats := bench.Summarise([]float64{0.05, 0.052, 0.049}, 1)
	limit := bench.Streaming
	report := &bench.Report{
		Date: "2026-01-02T03:04:05Z", Version: "v1", Commit: "abc", GoVersion: "go1.26.0",
		Machine: bench.Machine{OS: "linux", Arch: "amd64", CPU: new("A CPU"), LoadAverage1Min: new(0.25)},
		Runs: []bench.Run{{
			Device:  bench.Device{Selector: "cpu", Driver: "cpu", Name: "A CPU", Platform: "avx2", Threads: 2},
			Peaks:   []bench.Peak{{Group: "memory", Limit: limit, Source: "Go's copy", BytesPerSecond: new(3e10)}},
			Missing: []bench.Missing{{Peer: "torch", Reason: "there is no module torch"}},
			Results: []bench.Result{
				{Name: "pi/1e8", Group: "course", Unit: "samples", Time: stats, ItemsPerSecond: new(2e9), NoPeak: "bounded by integer work"},
				{Name: "add/1e8", Group: "memory", Time: stats, BytesPerSecond: new(2.4e10), FlopsPerSecond: new(2e9),
					Limit: &limit, PercentOfPeak: new(80.0), Peers: []bench.Beside{
						{Peer: "NumPy 1.24", Time: bench.Summarise([]float64{0.1}, 1), Ratio: bench.Ratio{OfMedians: 2, OfBest: 2.04}}}},
				{Name: "handoff/round_trip", Group: "overhead", Time: bench.Summarise([]float64{4.2e-7}, 1000), NoPeak: "the cost of a hand-off"},
			},
		}},
		Comparison: &bench.Comparison{Date: "2026-01-01T00:00:00Z", Commit: "aaa", Threshold: 0.05, Slower: 1, Changes: []bench.Change{
			{Workload: "add/1e8", Device: "cpu", OldSeconds: 0.04, NewSeconds: 0.05, Verdict: bench.Slower,
				Ratio: bench.Ratio{OfMedians: 1.25, OfBest: 1.2, CI95Low: new(1.1), CI95High: new(1.4)}},
			{Workload: "pi/1e8", Device: "cpu", OldSeconds: 0.05, NewSeconds: 0.05, Verdict: bench.Unchanged},
		}},
	}
	golden(t, "bench.txt", benchText(report))
}

func TestDemoTable(t *testing.T) {
	golden(t, "demo.txt", demoText(&demoReport{
		Notes: []string{"A note."},
		Workloads: []demoLine{
			{Summary: "sum(a²·b), float32 1000×1000", Result: "sum = 1.6e+08", Device: "cpu", ElapsedSeconds: 3.21e-4, LoopSeconds: 0.75,
				Speedup: 2336.4, Tolerance: "1e-05 relative"},
			{Summary: "y += x, 1024 float32", Result: "y[0] = 1", Device: "cpu", ElapsedSeconds: 9e-7, LoopSeconds: 4.5e-7,
				Speedup: 0.5, Tolerance: "none, every bit"},
		},
	}))
}

func TestDemoQuick(t *testing.T) {
	out, errs, status := invoke(t, nil, "demo", "--quick", "--json")
	if status != statusOK {
		t.Fatalf("status %d: %s", status, errs)
	}
	var report demoReport
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if report.SchemaVersion != schemaVersion || !report.Quick || report.Device == "" || len(report.Workloads) != 6 {
		t.Errorf("unexpected report: %s", out)
	}
	for _, l := range report.Workloads {
		if l.Result == "" || l.Device != report.Device || !(l.ElapsedSeconds > 0) || !(l.LoopSeconds > 0) || !(l.Speedup > 0) || l.Tolerance == "" {
			t.Errorf("%s: %+v", l.Name, l)
		}
	}
	out, errs, status = invoke(t, nil, "demo", "--quick", "--device", "cpu:1thread")
	if status != statusOK || errs != "" || !strings.Contains(out, "y[0] = 1, y[−1] = 23") {
		t.Errorf("status %d, printed %s, %s", status, out, errs)
	}
}

func TestBenchQuick(t *testing.T) {
	saved := filepath.Join(t.TempDir(), "report.json")
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"table", []string{"--save", saved}, "launch/1 "},
		{"JSON", []string{"--json"}, `"median_seconds"`},
		{"Go", []string{"--go"}, "BenchmarkQuern/launch/1-1\t"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"bench", "--quick", "--run", "^launch/1$", "--device", "cpu:1thread"}, test.args...)
			out, errs, status := invoke(t, nil, args...)
			if status != statusOK || errs != "" || !strings.Contains(out, test.want) {
				t.Errorf("status %d, printed %s, %s; expected %q", status, out, errs, test.want)
			}
		})
	}
	var report bench.Report
	text, err := os.ReadFile(saved)
	if err == nil {
		err = json.Unmarshal(text, &report)
	}
	if err != nil || !report.Quick || report.GoVersion == "" || len(report.Runs) != 1 || report.Command != "quern bench --device cpu:1thread --quick --run '^launch/1$' --save "+saved ||
		report.Runs[0].Device.Selector != "cpu:1thread" || len(report.Runs[0].Results) != 1 {
		t.Errorf("saved %s: %v", text, err)
	}
}

// slowed writes a copy of a report in which everything took so many times as long, and returns its path.
func slowed(t *testing.T, report *bench.Report, factor float64) string {
	t.Helper()
	other := *report
	other.Runs = append([]bench.Run(nil), report.Runs...)
	for i := range other.Runs {
		var results []bench.Result
		for _, r := range other.Runs[i].Results {
			samples := make([]float64, 10)
			for j := range samples {
				samples[j] = factor * r.Time.MedianSeconds
			}
			r.Time = bench.Summarise(samples, 1)
			results = append(results, r)
		}
		other.Runs[i].Results = results
	}
	path := filepath.Join(t.TempDir(), "report.json")
	if err := other.Save(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBenchCompares(t *testing.T) {
	report := &bench.Report{SchemaVersion: bench.SchemaVersion, Date: "2026-01-02T03:04:05Z", Runs: []bench.Run{{
		Device: bench.Device{Selector: "cpu"}, Results: []bench.Result{{Name: "sum/1e8", Time: bench.Summarise([]float64{1}, 1)}},
	}}}
	fast, slow := slowed(t, report, 1), slowed(t, report, 1.2)
	tests := []struct {
		name      string
		now, then string
		threshold string
		status    int
		want      string
	}{
		{"slower", slow, fast, "5", statusFailed, "1 of 1 workloads are slower"},
		{"slower by less than the threshold", slow, fast, "30", statusOK, ""},
		{"faster", fast, slow, "5", statusOK, ""},
		{"the same", fast, fast, "5", statusOK, ""},
		{"no such report", fast, "none.json", "5", statusFailed, "none.json"},
		{"a bad threshold", fast, fast, "-1", statusUsage, "--threshold"},
		{"a threshold that is none", fast, fast, "NaN", statusUsage, "--threshold"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, "bench", "--load", test.now, "--compare", test.then, "--threshold", test.threshold)
			if status != test.status || !strings.Contains(errs, test.want) || status == statusOK && !strings.Contains(out, "Compared with 2026") {
				t.Errorf("status %d, printed %s, %s; expected %d and %q", status, out, errs, test.status, test.want)
			}
			out, _, status = invoke(t, nil, "bench", "--json", "--load", test.now, "--compare", test.then, "--threshold", test.threshold)
			if status != test.status || out != "" && !json.Valid([]byte(out)) {
				t.Errorf("as JSON: status %d, printed %s", status, out)
			}
		})
	}
}

// TestBenchLoadsWhatWasCompared: a report keeps its comparison, which is no fault when it is shown again.
func TestBenchLoadsWhatWasCompared(t *testing.T) {
	report := &bench.Report{SchemaVersion: bench.SchemaVersion, Runs: []bench.Run{{
		Device: bench.Device{Selector: "cpu"}, Results: []bench.Result{{Name: "sum/1e8", Time: bench.Summarise([]float64{1}, 1)}},
	}}}
	saved := filepath.Join(t.TempDir(), "compared.json")
	args := []string{"bench", "--load", slowed(t, report, 1.2), "--compare", slowed(t, report, 1), "--save", saved}
	if _, errs, status := invoke(t, nil, args...); status != statusFailed {
		t.Fatalf("status %d, printed %s", status, errs)
	}
	out, errs, status := invoke(t, nil, "bench", "--load", saved)
	if status != statusOK || !strings.Contains(out, "1 slower") {
		t.Errorf("status %d, printed %s, %s", status, out, errs)
	}
}

// TestBenchRefusesEarly: what cannot be is found before anything is measured.
func TestBenchRefusesEarly(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"a report in no folder", []string{"--save", filepath.Join(dir, "none", "report.json")}, statusFailed, "none"},
		{"a page that is a folder", []string{"--html", dir}, statusFailed, "is a directory"},
		{"an expression that is none", []string{"--run", "("}, statusUsage, "--run"},
		{"threads that are none", []string{"--threads", "1,x"}, statusUsage, "--threads"},
		{"two formats", []string{"--go", "--json"}, statusUsage, "one of them"},
		{"measuring what is loaded", []string{"--load", "report.json", "--run", "sum"}, statusUsage, "--load and --run"},
		{"loading on a device", []string{"--load", "report.json", "--device", "cpu"}, statusUsage, "--load and --device"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, append([]string{"bench"}, test.args...)...)
			if status != test.status || !strings.Contains(errs, test.want) || out != "" {
				t.Errorf("status %d, printed %s, %s; expected %d and %q", status, out, errs, test.status, test.want)
			}
		})
	}
}

func TestBenchThreads(t *testing.T) {
	page := filepath.Join(t.TempDir(), "report.html")
	out, errs, status := invoke(t, nil, "bench", "--quick", "--run", "^launch/1$", "--device", "cpu:generic", "--threads", "1,3", "--html", page)
	if status != statusOK || !strings.Contains(out, "cpu:generic,1thread (") || !strings.Contains(out, "cpu:generic,3threads (") {
		t.Errorf("status %d, printed %s, %s", status, out, errs)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "cpu:generic,3threads") {
		t.Errorf("the page lacks a run: %v", err)
	}
}

func TestBenchEveryDevice(t *testing.T) {
	out, errs, status := invoke(t, nil, "bench", "--quick", "--run", "^handoff", "--device", "all", "--json")
	var report bench.Report
	if err := json.Unmarshal([]byte(out), &report); status != statusOK || err != nil {
		t.Fatalf("status %d, %v, printed %s", status, err, errs)
	}
	cpus := 0
	for _, r := range report.Runs {
		if r.Device.Driver == "cpu" {
			cpus++
		}
	}
	if want := min(2, runtime.GOMAXPROCS(0)); cpus != want {
		t.Errorf("the CPU was measured %d times, expected %d: with one thread and with all", cpus, want)
	}
}

// TestBenchPeersMissing measures without the peers, and says that they are not there.
func TestBenchPeersMissing(t *testing.T) {
	t.Setenv("PYTHON", "no-such-python")
	t.Setenv("PATH", t.TempDir())
	out, errs, status := invoke(t, nil, "bench", "--quick", "--run", "^launch/1$", "--device", "cpu:1thread", "--peers")
	for _, want := range []string{"Missing peers", "NumPy: start NumPy: missing", "apt-get install python3-torch", "gcc"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	if status != statusOK {
		t.Errorf("status %d, printed %s, %s", status, out, errs)
	}
}

func TestBenchList(t *testing.T) {
	out, _, status := invoke(t, nil, "bench", "--list", "--run", "gemm")
	if status != statusOK || strings.Count(out, "gemm/") != 20 {
		t.Errorf("status %d, printed %s", status, out)
	}
	out, _, status = invoke(t, nil, "bench", "--list", "--json")
	if status != statusOK || !json.Valid([]byte(out)) {
		t.Errorf("status %d, printed %s", status, out)
	}
}

func TestBenchMistakes(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"not a regular expression", []string{"--run", "("}, statusUsage, "--run"},
		{"nothing matches", []string{"--run", "nothing"}, statusUsage, "--list"},
		{"two formats", []string{"--json", "--go"}, statusUsage, "--json"},
		{"bad threads", []string{"--threads", "0"}, statusUsage, "--threads"},
		{"an argument", []string{"sgemm"}, statusUsage, "sgemm"},
		{"no such device", []string{"--quick", "--device", "abacus"}, statusFailed, "abacus"},
		{"cannot save", []string{"--quick", "--run", "^handoff", "--save", "/does/not/exist/report.json"}, statusFailed, "create a file in /does/not/exist"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, errs, status := invoke(t, nil, append([]string{"bench"}, test.args...)...)
			if status != test.status || !strings.Contains(errs, test.want) {
				t.Errorf("status %d, printed %q; expected %d and %q", status, errs, test.status, test.want)
			}
		})
	}
}

func TestInterruptedDemoPrintsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	status := run(ctx, []string{"demo", "--quick"}, streams{in: nil, out: &out, err: &errs})
	if status != statusInterrupted || out.Len() > 0 || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("status %d, printed %q, %q", status, out.String(), errs.String())
	}
}
