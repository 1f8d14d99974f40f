package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quern-go/quern/bench"
)

// report writes a report of one workload to a file and returns its path.
func report(t *testing.T, dir, file, workload string, threads int, median float64) string {
	t.Helper()
	r := bench.Report{SchemaVersion: bench.SchemaVersion, Date: "2026-01-02T03:04:05Z", Runs: []bench.Run{{Device: bench.Device{Threads: threads},
		Results: []bench.Result{{Name: workload, Time: bench.Summarise([]float64{median}, 1)}}}}}
	path := filepath.Join(dir, file)
	if err := r.Save(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, dir, file, text string) string {
	t.Helper()
	path := filepath.Join(dir, file)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRatiosAreOfMediansOverRounds(t *testing.T) {
	dir := t.TempDir()
	peers := write(t, dir, "peers.jsonl", `{"workload": "sum/1e8", "peer": "NumPy", "threads": 1, "best_seconds": 4, "median_seconds": 6}
{"workload": "sum/1e8", "peer": "NumPy", "threads": 1, "best_seconds": 5, "median_seconds": 10}
{"workload": "sum/1e8", "peer": "NumPy", "threads": 2, "best_seconds": 1, "median_seconds": 1}
{"workload": "dot/1e8", "peer": "NumPy", "threads": 1, "best_seconds": 1, "median_seconds": 1}
{"workload": "sum/1e8", "peer": "CuPy", "threads": 1, "error": "OutOfMemoryError"}
`)
	out := filepath.Join(dir, "ratios.json")
	var printed bytes.Buffer
	err := run([]string{peers,
		report(t, dir, "1.json", "sum/1e8", 1, 1), report(t, dir, "2.json", "sum/1e8", 1, 3), report(t, dir, "3.json", "sum/1e8", 1, 2),
	}, out, &printed)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var got comparison
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := []ratio{{Workload: "sum/1e8", Threads: 1, Peer: "NumPy", PeerSeconds: 8, QuernSeconds: 2, Ratio: 4,
		PeerBest: 4, QuernBestTime: 1, RatioOfBest: 4}}
	if diff := cmp.Diff(want, got.Ratios); diff != "" {
		t.Error(diff)
	}
	for _, part := range []string{"sum/1e8", "NumPy", "8000", "2000", "4.00×"} {
		if !strings.Contains(printed.String(), part) {
			t.Errorf("the table lacks %s:\n%s", part, printed.String())
		}
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	good := report(t, dir, "good.json", "sum/1e8", 1, 1)
	line := write(t, dir, "good.jsonl", `{"workload": "sum/1e8", "peer": "C", "threads": 1, "best_seconds": 1, "median_seconds": 1}`)
	tests := []struct {
		name  string
		paths []string
		want  string
	}{
		{"missing", []string{filepath.Join(dir, "none.json"), good}, "none.json"},
		{"not JSON", []string{write(t, dir, "bad.jsonl", "Traceback\n"), good}, "line 1"},
		{"no median", []string{write(t, dir, "lacking.jsonl", `{"workload": "sum/1e8", "peer": "C", "threads": 1}`), good}, "lacks"},
		{"another version", []string{line, write(t, dir, "old.json", `{"schema_version": 0}`)}, "schema version 0"},
		{"nothing of Quern", []string{line, line}, "no report"},
		{"nothing in common", []string{line, report(t, dir, "other.json", "dot/1e8", 1, 1)}, "no peer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := run(test.paths, "", &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, expected one with %q", err, test.want)
			}
		})
	}
}
