package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/internal/evalexpr"
	"github.com/quern-go/quern/ops"
)

type cdistFlags struct {
	metric, output, dtype, columns, fast string
	p                                    float64
	argmin, explain                      bool
}

func newCdist(a *app) *cobra.Command {
	var f cdistFlags
	cmd := &cobra.Command{
		Use:   "cdist X Y",
		Short: "Distances between the rows of two arrays",
		Long: `Compute the distance between every row of X and every row of Y, both .npy or CSV
files with one row per point. With --argmin print, for each row of X, the position of the
nearest row of Y; the matrix of distances is then never stored.`,
		Example: `  quern cdist x.npy y.npy --metric cityblock -o d.npy
  quern cdist queries.csv points.csv --argmin`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return runCdist(cmd, a, f, args) },
	}
	cmd.Flags().StringVarP(&f.metric, "metric", "m", "euclidean", "euclidean, sqeuclidean, cityblock, chebyshev, cosine or minkowski")
	cmd.Flags().Float64Var(&f.p, "p", 2, "the order of the minkowski metric, at least 1")
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write the result to this .npy or CSV file (- for standard output)")
	cmd.Flags().StringVar(&f.dtype, "dtype", "", "compute in float32 or float64 (default: what the files hold)")
	cmd.Flags().StringVar(&f.columns, "columns", "", "columns to read of CSV files, such as 0:4")
	cmd.Flags().BoolVar(&f.argmin, "argmin", false, "the position of the nearest row of Y, for each row of X")
	fastFlag(cmd, &f.fast)
	cmd.Flags().BoolVar(&f.explain, "explain", false, "print the plan: kernels, device, bytes, flops, time")
	completeMetrics(cmd)
	return cmd
}

func runCdist(cmd *cobra.Command, a *app, f cdistFlags, args []string) error {
	ctx := cmd.Context()
	name := f.metric
	if name == "minkowski" {
		name = fmt.Sprintf("minkowski:%v", f.p)
	} else if cmd.Flags().Changed("p") {
		return usagef(cmd, "--p goes with --metric minkowski, not %s", f.metric)
	}
	metric, err := ops.ParseMetric(name)
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	if _, err := fastOptions(f.fast); err != nil {
		return usagef(cmd, "%w", err)
	}
	if err := checkColumns(f.columns, args); err != nil {
		return usagef(cmd, "%w", err)
	}
	x, err := a.read(ctx, args[0], columnsFor(args[0], f.columns))
	if err != nil {
		return err
	}
	y, err := a.read(ctx, args[1], columnsFor(args[1], f.columns))
	if err != nil {
		return err
	}
	dtype, err := chooseType(f.dtype, []*arrayfile.File{x, y})
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	if dtype == "float32" {
		return cdistAs[float32](ctx, a, f, metric, x, y)
	}
	return cdistAs[float64](ctx, a, f, metric, x, y)
}

func cdistAs[T ops.Float](ctx context.Context, a *app, f cdistFlags, metric ops.Metric, x, y *arrayfile.File) error {
	d := ops.PairwiseDistance(asArray[T](x), asArray[T](y), metric)
	if err := d.Err(); err != nil {
		return fmt.Errorf("cdist: %w", err)
	}
	v := evalexpr.Value[T]{Kind: evalexpr.Array, Array: d}
	if f.argmin {
		v = evalexpr.Value[T]{Kind: evalexpr.Ints, Ints: d.ArgMin(1)}
	}
	fast, err := fastOptions(f.fast)
	if err != nil {
		return err
	}
	return compute(ctx, a, v, f.output, append(a.options(), fast...), f.explain)
}
