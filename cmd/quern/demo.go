package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/quern-go/quern/bench"
	"github.com/quern-go/quern/ops"
)

// demoReport is the JSON of quern demo.
type demoReport struct {
	SchemaVersion int        `json:"schema_version"`
	Device        string     `json:"device"`
	Quick         bool       `json:"quick"`
	Workloads     []demoLine `json:"workloads"`
	Notes         []string   `json:"notes"`
}

// demoLine is one workload, computed twice.
type demoLine struct {
	Name           string  `json:"name"`
	Summary        string  `json:"workload"`
	Result         string  `json:"result"`
	Device         string  `json:"device"`
	ElapsedSeconds float64 `json:"elapsed_seconds"` // median
	Runs           int     `json:"samples"`
	LoopSeconds    float64 `json:"go_loop_seconds"`
	Speedup        float64 `json:"speedup"`
	Tolerance      string  `json:"tolerance"` // within which both results agree
}

var demoNotes = []string{
	"Every result was compared with that of the Go loop, one goroutine and plain nested loops, within the tolerance given.",
	"Times: the median of up to 5 runs after one to warm up; the loop runs once. Inputs and outputs are in memory before.",
	"sum(a²·b): the planner needs no matrix product; Σₖ(Σᵢaᵢₖ²)(Σⱼbₖⱼ) is the same sum with n² work (quern eval --exact turns that off).",
	"π: the courses add up ten runs of 10⁷ points, because their arrays must fit in memory; here nothing is stored, and one run of 10⁸ is the same work.",
}

func newDemo(a *app) *cobra.Command {
	var quick bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the course workloads and compare with plain Go loops",
		Long: `Run the workloads of parallel-computing courses at their original sizes, check every
result against a plain single-threaded Go loop, and show both times. Needs 3 GB of memory,
and less than a minute on two cores; --quick takes seconds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := runDemo(cmd.Context(), a, bench.Scale(quick))
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(report)
			}
			_, err = fmt.Fprint(a.out, demoText(report))
			return err
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "smaller arrays")
	return cmd
}

func runDemo(ctx context.Context, a *app, scale bench.Scale) (*demoReport, error) {
	device, err := ops.DeviceName(a.options()...)
	if err != nil {
		return nil, err
	}
	report := &demoReport{SchemaVersion: schemaVersion, Device: device, Quick: bool(scale), Notes: demoNotes}
	workloads := bench.CourseWorkloads(scale)
	bar := a.newProgress("demo")
	defer bar.clear()
	for i, w := range workloads {
		bar.at(w.Summary, float64(i)/float64(len(workloads)))
		line, err := demonstrate(ctx, w, a.options())
		if err != nil {
			return nil, fmt.Errorf("demo: %s: %w", w.Summary, err)
		}
		line.Device = device
		report.Workloads = append(report.Workloads, line)
		debug.FreeOSMemory()
	}
	return report, nil
}

// demonstrate times a workload and its plain loop and compares the results.
func demonstrate(ctx context.Context, w bench.Workload, opts []ops.Option) (demoLine, error) {
	job, err := w.Setup(ctx, &bench.Env{Options: opts, Threads: 1})
	if err != nil {
		return demoLine{}, err
	}
	const sample = time.Millisecond
	fast, err := bench.Measure(ctx, []bench.Contender{{Name: w.Name, Run: job.Run}},
		bench.Effort{Samples: 5, Least: 1, Budget: 2 * time.Second, SampleTime: sample}, nil)
	if err != nil {
		return demoLine{}, err
	}
	loop := func(ctx context.Context) error { return interruptible(ctx, job.Course.Loop) }
	plain, err := bench.Measure(ctx, []bench.Contender{{Name: "plain loop", Run: loop}},
		bench.Effort{Samples: 1, SampleTime: sample, Cold: true}, nil)
	if err != nil {
		return demoLine{}, err
	}
	if err := job.Course.Compare(ctx); err != nil {
		return demoLine{}, err
	}
	return demoLine{
		Name: w.Name, Summary: w.Summary, Result: job.Course.Answer(), Tolerance: job.Course.Tolerance,
		ElapsedSeconds: fast[0].MedianSeconds, Runs: fast[0].Samples,
		LoopSeconds: plain[0].MedianSeconds, Speedup: plain[0].MedianSeconds / fast[0].MedianSeconds,
	}, nil
}

// interruptible returns when f has, or ctx has ended. The loops take seconds and
// know no context; one that is left behind ends with the program.
func interruptible(ctx context.Context, f func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func demoText(r *demoReport) string {
	t := newTable("Workload", "Result", "Device", "Quern", "Go loop", "Speed-up", "Agree within")
	for _, l := range r.Workloads {
		t.AppendRow(table.Row{l.Summary, l.Result, l.Device, showSeconds(l.ElapsedSeconds), showSeconds(l.LoopSeconds),
			showFactor(l.Speedup), l.Tolerance})
	}
	t.SetColumnConfigs(append(rightAligned(4, 5, 6),
		table.ColumnConfig{Number: 1, WidthMax: 30, WidthMaxEnforcer: text.WrapSoft},
		table.ColumnConfig{Number: 2, WidthMax: 20, WidthMaxEnforcer: text.WrapSoft}))
	return renderTable(t) + "\n" + strings.Join(r.Notes, "\n") + "\n"
}

// showFactor prints three digits, all of them if there are more before the point.
func showFactor(x float64) string {
	if x >= 100 {
		return fmt.Sprintf("%.0f×", x)
	}
	return fmt.Sprintf("%.3g×", x)
}
