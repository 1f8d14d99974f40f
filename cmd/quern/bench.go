package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/quern-go/quern/bench"
	"github.com/quern-go/quern/bench/peers"
	"github.com/quern-go/quern/internal/arrayfile"
)

type benchFlags struct {
	quick, goFormat, list, resident, peers        bool
	run, threads, save, load, html, compare, fast string
	threshold                                     float64
}

func newBench(a *app) *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Benchmark this machine",
		Long: `Time the workloads and compare with peaks measured in the same run. Every result is
checked: a sample against the oracle, bit by bit, or against a plain Go loop. Times are medians;
± is the median absolute deviation. Everything takes up to five minutes and 4 GB of memory on one
device; --device all measures every device there is, and the CPU with one thread and with all.`,
		Example: `  quern bench --run 'gemm|sum'
  quern bench --device all --html report.html
  quern bench --threads 1,2 --peers
  quern bench --save old.json; quern bench --compare old.json
  quern bench --go > new.txt && benchstat old.txt new.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd, a, f) },
	}
	cmd.Flags().BoolVar(&f.quick, "quick", false, "small arrays, few samples: does it work?")
	cmd.Flags().StringVar(&f.run, "run", "", "only workloads whose name matches this regular expression")
	cmd.Flags().StringVar(&f.threads, "threads", "", "numbers of threads of the CPU to measure in turn, such as 1,2")
	cmd.Flags().BoolVar(&f.resident, "resident", false, "kernels on arrays that stay in the device's memory, instead of whole evaluations")
	cmd.Flags().BoolVar(&f.peers, "peers", false, "measure NumPy, SciPy, C and others in turn with Quern, where they are installed; on a GPU CuPy, torch and JAX")
	fastFlag(cmd, &f.fast)
	cmd.Flags().BoolVar(&f.list, "list", false, "list the workloads and how their bytes and operations are counted")
	cmd.Flags().BoolVar(&f.goFormat, "go", false, "print Go's benchmark format, for benchstat")
	cmd.Flags().StringVar(&f.save, "save", "", "also write the JSON report to this file")
	cmd.Flags().StringVar(&f.html, "html", "", "also write the report with plots to this HTML file")
	cmd.Flags().StringVar(&f.load, "load", "", "measure nothing: show the report that --save wrote to this file")
	cmd.Flags().StringVar(&f.compare, "compare", "", "compare with the report in this file; fail if a workload has become slower")
	cmd.Flags().Float64Var(&f.threshold, "threshold", 5, "percent by which a time must differ, beyond the 95% intervals, to count as changed")
	return cmd
}

func runBench(cmd *cobra.Command, a *app, f benchFlags) error {
	if f.goFormat && a.json {
		return usagef(cmd, "--go and --json: give one of them")
	}
	if !(f.threshold >= 0) { // NaN neither
		return usagef(cmd, "--threshold %v, expected at least 0", f.threshold)
	}
	if f.load != "" {
		for _, name := range []string{"device", "fast", "list", "peers", "quick", "resident", "run", "threads"} {
			if cmd.Flags().Changed(name) {
				return usagef(cmd, "--load and --%s: a report that is loaded is shown as it is", name)
			}
		}
	}
	for _, path := range []string{f.save, f.html} {
		if path == "" || f.list {
			continue
		}
		if err := arrayfile.CheckText(cmd.Context(), path); err != nil { // before minutes of work
			return err
		}
	}
	var before *bench.Report
	if f.compare != "" {
		var err error
		if before, err = bench.Load(f.compare); err != nil { // likewise
			return err
		}
	}
	report, err := f.report(cmd, a)
	if err != nil || report == nil {
		return err
	}
	if before != nil {
		if report.Comparison, err = report.Compare(before, f.threshold/100); err != nil {
			return err
		}
	}
	return f.write(cmd.Context(), a, report)
}

// report loads or measures what the flags ask for; nil if they ask for a list of workloads, which is printed.
func (f benchFlags) report(cmd *cobra.Command, a *app) (*bench.Report, error) {
	if f.load != "" {
		return bench.Load(f.load)
	}
	names, err := regexp.Compile(f.run)
	if err != nil {
		return nil, usagef(cmd, "--run: %w", err)
	}
	if _, err := parseThreads(f.threads); err != nil {
		return nil, usagef(cmd, "%w", err)
	}
	if _, err := parsePrecision(f.fast); err != nil {
		return nil, usagef(cmd, "%w", err)
	}
	devices, err := benchDevices(a.device, f.threads)
	if err != nil {
		return nil, err
	}
	groups := bench.Select(f.suite(devices[0]), names)
	if len(groups) == 0 {
		return nil, usagef(cmd, "--run %q matches no workload; --list lists them", f.run)
	}
	if f.list {
		return nil, listWorkloads(a, groups)
	}
	return f.measure(cmd, a, devices, names)
}

// suite is the workloads that the flags ask for.
func (f benchFlags) suite(dev bench.Device) []bench.Group {
	scale := bench.Scale(f.quick)
	if f.resident {
		programs := 1
		if f.peers {
			programs += len(peers.For(dev.Driver))
		}
		return bench.Resident(scale, bench.ResidentElements(scale, dev.Memory, programs))
	}
	return bench.Suite(scale)
}

// measure runs the suite on each device in turn.
func (f benchFlags) measure(cmd *cobra.Command, a *app, devices []bench.Device, names *regexp.Regexp) (*bench.Report, error) {
	bar := a.newProgress("bench")
	defer bar.clear()
	report := bench.NewReport(bench.Scale(f.quick))
	version := currentVersion()
	report.Version, report.Commit, report.GoVersion = version.Version, version.Commit, version.GoVersion
	report.Command = commandLine(cmd)
	precision, err := parsePrecision(f.fast)
	if err != nil {
		return nil, err
	}
	for i, dev := range devices {
		runner := bench.Runner{
			Device: dev, Precision: precision,
			Effort: bench.Scale(f.quick).Effort(),
			Peers:  f.peers,
			Progress: func(group string, done float64, total int) {
				bar.at(dev.Selector+" "+group, (float64(i)+done/float64(total))/float64(len(devices)))
			},
		}
		run, err := runner.Run(cmd.Context(), bench.Select(f.suite(dev), names))
		if err != nil {
			return nil, err
		}
		report.Runs = append(report.Runs, *run)
	}
	return report, nil
}

// commandLine is the command with the flags that were given, as a shell reads it.
func commandLine(cmd *cobra.Command) string {
	line := cmd.CommandPath()
	cmd.Flags().Visit(func(f *pflag.Flag) {
		line += " --" + f.Name
		switch value := f.Value.String(); {
		case f.Value.Type() == "bool":
		case strings.ContainsAny(value, " '\"|$()*?[]^"):
			line += fmt.Sprintf(" '%s'", strings.ReplaceAll(value, "'", `'\''`))
		default:
			line += " " + value
		}
	})
	return line
}

// write puts the report wherever it is wanted. A workload that has become slower is an error.
func (f benchFlags) write(ctx context.Context, a *app, report *bench.Report) error {
	if f.save != "" {
		if err := report.Save(ctx, f.save); err != nil {
			return err
		}
	}
	if f.html != "" {
		if err := report.SaveHTML(ctx, f.html); err != nil {
			return err
		}
	}
	var err error
	switch {
	case a.json:
		err = report.WriteJSON(a.out)
	case f.goFormat:
		err = report.WriteGo(a.out)
	default:
		_, err = fmt.Fprint(a.out, benchText(report))
	}
	if c := report.Comparison; err == nil && f.compare != "" && c.Slower > 0 {
		return fmt.Errorf("bench: %d of %d workloads are slower than in %s, by more than %v%% and beyond noise", c.Slower, len(c.Changes), f.compare, f.threshold)
	}
	return err
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
