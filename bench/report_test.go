package bench

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// example is a report of known numbers: 12·10⁹ bytes in 1 s, at best 0.75 s, beside 0.6 s of a reference.
func example() *Report {
	add := Workload{Name: "add/1e9", Summary: "c = a + b", DType: "float32", Bytes: 12e9, Flops: 1e9, Formula: "12n", Limit: Streaming}
	gemm := Workload{Name: "dgemm/1000", Summary: "matrix product", DType: "float64", Flops: 2e9, Formula: "2n³", Limit: FMA64}
	pi := Workload{Name: "pi/1e8", Summary: "π", DType: "float64", Items: 1e8, Unit: "samples", Formula: "n", NoPeak: "integers"}
	second := Summarise([]float64{1.25, 1, 0.75}, 1)
	peaks := []Peak{
		reference{limit: Streaming, source: "slower", bytes: 9e9}.peak("memory", second),
		reference{limit: Streaming, source: "faster", bytes: 12e9}.peak("memory", Summarise([]float64{0.6, 1}, 1)),
	}
	add32 := newResult("memory", add, planCounts{12e9, 1e9}, second, peaks, "cpu")
	slower := Summarise([]float64{2, 2.5, 1.5}, 1)
	add32.Peers = []Beside{{Peer: "NumPy 1.24", Time: slower, Ratio: NewRatio(slower, second)}}
	return &Report{
		SchemaVersion: SchemaVersion, Date: "2026-01-02T03:04:05Z", Version: "v1", Commit: "abc", GoVersion: "go1.26.0",
		Machine: Machine{OS: "linux", Arch: "amd64", CPU: new("A CPU"), LogicalCPUs: new(2), MaxProcs: 2},
		Runs: []Run{{
			Device: Device{Selector: "cpu", Driver: "cpu", Name: "A CPU", Platform: "avx2", Threads: 2},
			Peaks:  peaks,
			Results: []Result{
				add32,
				newResult("gemm", gemm, planCounts{}, second, nil, "cuda"),
				newResult("course", pi, planCounts{}, Summarise([]float64{0.5}, 2), nil, "cpu"),
			},
			Missing: []Missing{{"torch", "no module named torch"}},
		}},
	}
}

func TestRates(t *testing.T) {
	r := example().Runs[0].Results
	if got := *r[0].BytesPerSecond; got != 12e9 {
		t.Errorf("%v bytes per second, expected 12e9: those of the median", got)
	}
	if got := *r[0].PercentOfPeak; got != 80 {
		t.Errorf("%v%% of the peak, expected 80: the best sample and that of the faster reference", got)
	}
	if r[1].PercentOfPeak != nil || r[1].NoPeak == "" || r[1].BytesPerSecond != nil {
		t.Errorf("a peak, or no reason for none, or bytes that were not counted: %+v", r[1])
	}
	if *r[2].ItemsPerSecond != 2e8 || r[2].Limit != nil || r[2].NoPeak != "integers" {
		t.Errorf("samples per second or the reason for no peak are wrong: %+v", r[2])
	}
}

func TestGoldenReports(t *testing.T) {
	formats := map[string]func(*Report, *bytes.Buffer) error{
		"report.json": func(r *Report, w *bytes.Buffer) error { return r.WriteJSON(w) },
		"report.txt":  func(r *Report, w *bytes.Buffer) error { return r.WriteGo(w) },
	}
	for name, write := range formats {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(example(), &got); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (rewrite with -update): %s", path, diff)
			}
		})
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report.json")
	if err := example().Save(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), &got); diff != "" {
		t.Error(diff)
	}
	if err := example().Save(t.Context(), filepath.Join(dir, "missing", "report.json")); err == nil {
		t.Error("saving in a folder that does not exist succeeds")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".quern-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
