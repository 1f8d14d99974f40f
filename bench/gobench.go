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
	fmt.Fprintf(&s, "device: %s\ncommit: %s\n", r.Device, r.Commit)
	for _, result := range r.Results {
		for _, seconds := range result.Time.All {
			fmt.Fprintf(&s, "BenchmarkQuern/%s-%d\t%d\t%.6g ns/op", result.Name, r.Device.Threads, result.Time.RunsPerSample, seconds*1e9)
			if result.Bytes != nil {
				fmt.Fprintf(&s, "\t%.6g MB/s", *result.Bytes/seconds*1e-6)
			}
			if result.Flops != nil {
				fmt.Fprintf(&s, "\t%.6g GFLOP/s", *result.Flops/seconds*1e-9)
			}
			if result.Items != nil {
				fmt.Fprintf(&s, "\t%.6g M%s/s", *result.Items/seconds*1e-6, result.Unit)
			}
			s.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, s.String())
	return err
}
