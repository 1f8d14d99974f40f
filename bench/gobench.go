package bench

import (
	"fmt"
	"io"
	"strings"
)

// WriteGo writes the report in Go's benchmark format, one line to a sample, for benchstat to compare:
// https://go.dev/design/14313-benchmark-format.
func (r *Report) WriteGo(w io.Writer) error {
	var s strings.Builder
	fmt.Fprintf(&s, "goos: %s\ngoarch: %s\npkg: github.com/quern-go/quern/bench\n", r.Machine.OS, r.Machine.Arch)
	if r.Machine.CPU != nil {
		fmt.Fprintf(&s, "cpu: %s\n", *r.Machine.CPU)
	}
	fmt.Fprintf(&s, "commit: %s\n", r.Commit)
	for _, run := range r.Runs {
		fmt.Fprintf(&s, "device: %s\n", run.Device)
		for _, result := range run.Results {
			result.writeGo(&s, run.Device.Threads)
		}
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// writeGo writes a line for each sample.
func (r *Result) writeGo(w io.Writer, threads int) {
	for _, seconds := range r.Time.All {
		fmt.Fprintf(w, "BenchmarkQuern/%s-%d\t%d\t%.6g ns/op", r.Name, threads, r.Time.RunsPerSample, seconds*1e9)
		if r.Bytes != nil {
			fmt.Fprintf(w, "\t%.6g MB/s", *r.Bytes/seconds*1e-6)
		}
		if r.Flops != nil {
			fmt.Fprintf(w, "\t%.6g GFLOP/s", *r.Flops/seconds*1e-9)
		}
		if r.Items != nil {
			fmt.Fprintf(w, "\t%.6g M%s/s", *r.Items/seconds*1e-6, r.Unit)
		}
		fmt.Fprintln(w)
	}
}
