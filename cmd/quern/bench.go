package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/quern-go/quern/bench"
)

type benchFlags struct {
	quick, goFormat, list, resident bool
	run, save                       string
}

func newBench(a *app) *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Benchmark this machine",
		Long: `Time the workloads on one device and compare with peaks measured in the same run. Every
result is checked against a plain Go loop. The times are medians; ± is the median absolute
deviation. Everything takes up to three minutes and 4 GB of memory.`,
		Example: `  quern bench --run 'gemm|sum'
  quern bench --device cpu:1thread --save one.json
  quern bench --go > new.txt && benchstat old.txt new.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, a, f) },
	}
	cmd.Flags().BoolVar(&f.quick, "quick", false, "small arrays, few samples: does it work?")
	cmd.Flags().StringVar(&f.run, "run", "", "only workloads whose name matches this regular expression")
	cmd.Flags().BoolVar(&f.resident, "resident", false, "kernels on arrays that stay in the device's memory, instead of whole evaluations")
	cmd.Flags().BoolVar(&f.list, "list", false, "list the workloads and how their bytes and operations are counted")
	cmd.Flags().BoolVar(&f.goFormat, "go", false, "print Go's benchmark format, for benchstat")
	cmd.Flags().StringVar(&f.save, "save", "", "also write the JSON report to this file")
	return cmd
}

func runBench(cmd *cobra.Command, a *app, f benchFlags) error {
	names, err := regexp.Compile(f.run)
	if err != nil {
		return usagef(cmd, "--run: %w", err)
	}
	if f.goFormat && a.json {
		return usagef(cmd, "--go and --json: give one of them")
	}
	dev, err := bench.DescribeDevice(a.device)
	if err != nil {
		return err
	}
	groups := bench.Select(f.suite(dev), names)
	if len(groups) == 0 {
		return usagef(cmd, "--run %q matches no workload; --list lists them", f.run)
	}
	if f.list {
		return listWorkloads(a, groups)
	}
	report, err := measureSuite(cmd.Context(), a, dev, groups, bench.Scale(f.quick))
	if err != nil {
		return err
	}
	if f.save != "" {
		if err := report.Save(f.save); err != nil {
			return err
		}
	}
	switch {
	case a.json:
		return report.WriteJSON(a.out)
	case f.goFormat:
		return report.WriteGo(a.out)
	}
	_, err = fmt.Fprint(a.out, benchText(report))
	return err
}

// suite is the workloads that the flags ask for.
func (f benchFlags) suite(dev bench.Device) []bench.Group {
	scale := bench.Scale(f.quick)
	if f.resident {
		return bench.Resident(scale, bench.ResidentElements(scale, dev.Memory))
	}
	return bench.Suite(scale)
}

func measureSuite(ctx context.Context, a *app, dev bench.Device, groups []bench.Group, scale bench.Scale) (*bench.Report, error) {
	bar := newProgress(a.err)
	defer bar.clear()
	runner := bench.Runner{
		Device: dev,
		Effort: scale.Effort(),
		Progress: func(group string, done float64, total int) {
			bar.at(group, done, float64(total))
		},
	}
	report, err := runner.Run(ctx, groups)
	if err != nil {
		return nil, err
	}
	version := currentVersion()
	report.Version, report.Commit, report.GoVersion = version.Version, version.Commit, version.GoVersion
	report.Quick = bool(scale)
	return report, nil
}

// benchText is the report as a table.
func benchText(r *bench.Report) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s\n%s/%s", r.Device, r.Machine.OS, r.Machine.Arch)
	if cpu := r.Machine.CPU; cpu != nil && *cpu != r.Device.Name {
		fmt.Fprintf(&s, ", %s", *cpu)
	}
	if load := r.Machine.LoadAverage1Min; load != nil {
		fmt.Fprintf(&s, ", load %.2g", *load)
	}
	fmt.Fprintf(&s, ", %s, quern %s, commit %s, %s\n\n", r.Date, r.Version, r.Commit, r.GoVersion)
	t := newTable("Workload", "Median", "±", "GB/s", "GFLOP/s", "Items/s", "Of peak", "Peak")
	group := ""
	for _, result := range r.Results {
		if group != "" && group != result.Group {
			t.AppendSeparator()
		}
		group = result.Group
		t.AppendRow(benchRow(result))
	}
	t.SetColumnConfigs(append(rightAligned(2, 3, 4, 5, 6, 7),
		table.ColumnConfig{Number: 8, WidthMax: 32, WidthMaxEnforcer: text.WrapSoft}))
	s.WriteString(renderTable(t) + "\n" + peaksText(r))
	return s.String()
}

func benchRow(r bench.Result) table.Row {
	percent, peak := "–", r.NoPeak
	if r.PercentOfPeak != nil {
		percent, peak = fmt.Sprintf("%.0f%%", *r.PercentOfPeak), string(*r.Limit)
	}
	items := "–"
	if r.ItemsPerSecond != nil {
		items = showCount(*r.ItemsPerSecond) + r.Unit
	}
	return table.Row{r.Name, showSeconds(r.Time.MedianSeconds), fmt.Sprintf("%.0f%%", 100*r.Time.MADSeconds/r.Time.MedianSeconds),
		billions(r.BytesPerSecond), billions(r.FlopsPerSecond), items, percent, peak}
}

func billions(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%.3g", *x*1e-9)
}

// peaksText lists the peaks that the percentages are of.
func peaksText(r *bench.Report) string {
	if len(r.Peaks) == 0 {
		return ""
	}
	t := newTable("Peak", "Measured beside", "By", "Best")
	for _, p := range r.Peaks {
		best := billions(p.FlopsPerSecond) + " GFLOP/s"
		if p.BytesPerSecond != nil {
			best = billions(p.BytesPerSecond) + " GB/s"
		}
		t.AppendRow(table.Row{p.Limit, p.Group, p.Source, best})
	}
	t.SetColumnConfigs(rightAligned(4))
	return renderTable(t)
}

// listedWorkload is the JSON of a workload in quern bench --list.
type listedWorkload struct {
	Name    string      `json:"name"`
	Group   string      `json:"group"`
	Summary string      `json:"summary"`
	DType   string      `json:"dtype"`
	Bytes   float64     `json:"bytes"`
	Flops   float64     `json:"flops"`
	Items   float64     `json:"items"`
	Unit    string      `json:"items_unit,omitempty"`
	Formula string      `json:"formula"`
	Limit   bench.Limit `json:"limit"`
}

func listWorkloads(a *app, groups []bench.Group) error {
	t := newTable("Workload", "What", "Counted")
	var list []listedWorkload
	for _, g := range groups {
		for _, w := range g.Workloads {
			t.AppendRow(table.Row{w.Name, w.Summary, w.Formula})
			list = append(list, listedWorkload{w.Name, g.Name, w.Summary, w.DType, w.Bytes, w.Flops, w.Items, w.Unit, w.Formula, w.Limit})
		}
	}
	if a.json {
		return a.printJSON(struct {
			SchemaVersion int              `json:"schema_version"`
			Workloads     []listedWorkload `json:"workloads"`
		}{schemaVersion, list})
	}
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, WidthMax: 60, WidthMaxEnforcer: text.WrapSoft}})
	_, err := fmt.Fprint(a.out, renderTable(t))
	return err
}
