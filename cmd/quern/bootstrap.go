package main

import (
	"cmp"
	"context"
	"fmt"
	"go/token"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/internal/evalexpr"
	"github.com/quern-go/quern/ops"
)

type bootstrapFlags struct {
	simulateFlags
	stat, resamples, method, columns string
}

func newBootstrap(a *app) *cobra.Command {
	var f bootstrapFlags
	cmd := &cobra.Command{
		Use:   "bootstrap FILE",
		Short: "How far a statistic is determined by a sample",
		Long: `Resample the data in a file, .npy or CSV, with replacement and print an interval for a
statistic of it. The data has one axis, or two with a row for each observation. The
statistic is a function of quern eval that reduces an axis, such as mean, std or median;
correlation, of two columns; or an expression in x, or in x0, x1, … and the names in
the header of a CSV file for several columns: these are the resamples, one a row, so that
mean(x, 1) is the mean of each.`,
		Example: `  quern bootstrap data.npy --stat mean --resamples 10000 --confidence 0.95
  quern bootstrap iris.csv --columns 0,2 --stat correlation
  quern bootstrap data.npy --stat 'mean(x, 1)/std(x, 1)' --method percentile`,
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return runBootstrap(cmd, a, f, args[0]) },
	}
	cmd.Flags().StringVar(&f.stat, "stat", "mean", "the statistic: a function, correlation, or an expression")
	cmd.Flags().StringVarP(&f.resamples, "resamples", "n", "10000", "number of resamples")
	cmd.Flags().StringVar(&f.method, "method", "bca", "bca, percentile or basic")
	cmd.Flags().StringVar(&f.columns, "columns", "", "columns to read of a CSV file, such as 0:4 or width,height")
	f.add(cmd)
	completeFrom(cmd, "method", "bca", "percentile", "basic")
	return cmd
}

// bootstrapReport is the JSON of quern bootstrap.
type bootstrapReport struct {
	estimateReport
	Resamples int    `json:"resamples"`
	Bias      number `json:"bias"`
	Statistic string `json:"statistic"`
}

func runBootstrap(cmd *cobra.Command, a *app, f bootstrapFlags, path string) error {
	ctx := cmd.Context()
	resamples, err := parseCount(f.resamples)
	if err != nil {
		return usagef(cmd, "--resamples: %w", err)
	}
	method, err := ops.ParseBootstrapMethod(f.method)
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	if err := f.check(); err != nil {
		return usagef(cmd, "%w", err)
	}
	if err := checkColumns(f.columns, []string{path}); err != nil {
		return usagef(cmd, "%w", err)
	}
	file, err := a.read(ctx, path, columnsFor(path, f.columns))
	if err != nil {
		return err
	}
	var mistake error
	stat, err := parseStatistic(ctx, f.stat, file, &mistake, a.options())
	if err != nil {
		return usagef(cmd, "--stat: %w", err)
	}
	var result ops.Bootstrapped
	s, err := a.simulate(&f.simulateFlags, resamples, "resamples", func(opts []ops.Option) (err error) {
		result, err = bootstrapOf(ctx, file, stat, resamples, f.seed, method, opts)
		return cmp.Or(mistake, err)
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(bootstrapReport{estimateReport{SchemaVersion: schemaVersion, Value: number(result.Value),
			StandardError: number(result.StdErr), Low: number(result.Low), High: number(result.High), Confidence: result.Confidence,
			Samples: result.Samples, Method: method.String(), Seed: f.seed, DType: "float64", Shape: []int{}, Device: s.device,
			ElapsedSeconds: s.elapsed.Seconds(), Explain: s.plans.String()}, result.Resamples, number(result.Bias), f.stat})
	}
	_, err = fmt.Fprintf(a.out, "%s%s %.10g ± %.3g (standard error), %.4g%% interval [%.10g, %.10g]\n%d observations, %d resamples, %s, seed %d, on %s in %s\n",
		s.plans.lead(), f.stat, result.Value, result.StdErr, 100*result.Confidence, result.Low, result.High,
		result.Samples, result.Resamples, method, f.seed, s.device, showDuration(s.elapsed))
	return err
}

// bootstrapOf takes the data in the type that the file holds.
func bootstrapOf(ctx context.Context, file *arrayfile.File, stat ops.Statistic, resamples int, seed uint64, method ops.BootstrapMethod, opts []ops.Option) (ops.Bootstrapped, error) {
	if file.F32 != nil {
		return ops.Bootstrap(ctx, asArray[float32](file), stat, resamples, seed, method, opts...)
	}
	return ops.Bootstrap(ctx, asArray[float64](file), stat, resamples, seed, method, opts...)
}

// parseStatistic reads the name of a statistic or an expression. A mistake that
// shows only with the data goes to mistake.
func parseStatistic(ctx context.Context, text string, file *arrayfile.File, mistake *error, opts []ops.Option) (ops.Statistic, error) {
	columns := 1
	if len(file.Shape) > 1 {
		columns = file.Shape[1]
	}
	if text == "correlation" {
		if columns != 2 {
			return nil, fmt.Errorf("correlation is of two columns, the file has %d", columns)
		}
		return ops.Correlation, nil
	}
	if token.IsIdentifier(text) {
		if columns != 1 {
			return nil, fmt.Errorf("%s is of one column, the file has %d: give an expression such as mean(x0, 1), or choose a column of a CSV file with --columns", text, columns)
		}
		text += "(x, 1)"
	}
	expr, err := evalexpr.Parse(text)
	if err != nil {
		return nil, err
	}
	names := columnNames(file, columns)
	for _, name := range expr.Names() {
		if !slices.Contains(slices.Concat(names...), name) {
			return nil, fmt.Errorf("%q uses %s; the columns are %s", text, name, strings.Join(slices.Concat(names...), ", "))
		}
	}
	return func(x []ops.Array[float64]) ops.Array[float64] {
		arrays := make(map[string]ops.Array[float64])
		for i, list := range names {
			for _, name := range list {
				arrays[name] = x[i]
			}
		}
		v, err := evalexpr.Build(ctx, expr, arrays, opts...)
		if err == nil && v.Kind != evalexpr.Array {
			err = fmt.Errorf("%q is %s, expected an array", text, v.Kind)
		}
		if err != nil {
			*mistake = err
		}
		return v.Array
	}, nil
}

// columnNames are the names by which an expression may call each column.
func columnNames(file *arrayfile.File, columns int) [][]string {
	names := make([][]string, columns)
	for i := range names {
		names[i] = []string{fmt.Sprintf("x%d", i)}
		if columns == 1 {
			names[i] = []string{"x"}
		}
		if i < len(file.Columns) && token.IsIdentifier(file.Columns[i]) {
			names[i] = append(names[i], file.Columns[i])
		}
	}
	return names
}
