package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fullDisk takes some bytes, then none.
type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(d.room, len(p))
	d.room -= n
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// TestOutputThatCannotBeWritten: every command whose output is lost fails, in one line.
func TestOutputThatCannotBeWritten(t *testing.T) {
	sample := write(t, "sample.npy", []int{3}, []float64{1, 2, 4}...)
	x := write(t, "x.npy", []int{4, 2}, []float64{1, 2, 3, 4, 5, 6, 7, 9}...)
	lines := [][]string{
		{}, {"help"}, {"help", "ops"}, {"help", "metrics"},
		{"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}, {"completion", "powershell"},
		{"eval", "x", "x=" + x}, {"eval", "x", "x=" + x, "-o", "-"}, {"eval", "sum(x)", "x=" + x, "--explain"},
		{"cdist", x}, {"cdist", x, "-o", "-"}, {"cdist", x, x, "--argmin"}, {"cdist", x, "--explain"},
		{"pi", "-n", "1000"}, {"integrate", "y", "--over", "y=0:1", "-n", "1000"}, {"bootstrap", sample, "-n", "10"},
		{"bench", "--list"}, {"cache"}, {"version"}, {"detect"}, {"demo", "--help"}, {"verify", "--help"},
	}
	tested := make(map[string]bool)
	for _, args := range lines {
		if len(args) > 0 {
			tested[args[0]] = true
		}
		for _, more := range [][]string{nil, {"--json"}, {"--help"}} {
			for _, room := range []int{0, 5} {
				var errs bytes.Buffer
				line := slices.Concat(args, more)
				status := run(context.Background(), line, streams{in: strings.NewReader(""), out: &fullDisk{room}, err: &errs})
				if status != statusFailed || !strings.Contains(errs.String(), syscall.ENOSPC.Error()) || strings.Count(errs.String(), "\n") != 1 {
					t.Errorf("%q: status %d, printed %q", line, status, errs.String())
				}
			}
		}
	}
	for _, c := range newRoot(streams{}).Commands() {
		if !tested[c.Name()] && c.Runnable() {
			t.Errorf("%s is not tested", c.Name())
		}
	}
}
