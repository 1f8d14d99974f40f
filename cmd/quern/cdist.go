package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/ops"
)

type cdistFlags struct {
	metric, output, distances, dtype, columns string
	p, below                                  float64
	w, v, vi, fast                            string
	argmin, explain, count                    bool
	top                                       int
}

func newCdist(a *app) *cobra.Command {
	var f cdistFlags
	cmd := &cobra.Command{
		Use:   "cdist X [Y]",
		Short: "Distances between the rows of two arrays",
		Long: `Compute the distance between every row of X and every row of Y, both .npy or CSV
files with one row per point. With one array, the distances between its own rows, each pair
once, in the order of SciPy's pdist.

With --argmin, --top or --count-below the matrix of distances is never stored; with one array,
a row is then not its own neighbour. A matrix written to an .npy file is computed and written
piece by piece, and may be larger than memory.`,
		Example: `  quern cdist x.npy y.npy --metric cityblock -o d.npy
  quern cdist queries.csv points.csv --argmin
  quern cdist queries.npy points.npy --top 10 -o nearest.npy --distances d.npy
  quern cdist x.npy --metric mahalanobis -o pairs.npy`,
		Args: arguments(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error { return runCdist(cmd, a, f, args) },
	}
	cmd.Flags().StringVarP(&f.metric, "metric", "m", "euclidean", "the metric: see quern help metrics")
	cmd.Flags().Float64Var(&f.p, "p", 2, "the order of the minkowski metric, at least 1")
	cmd.Flags().StringVar(&f.w, "w", "", "file with the weights of the columns, for most metrics")
	cmd.Flags().StringVar(&f.v, "v", "", "file with the variances of the columns, for seuclidean (default: of the data)")
	cmd.Flags().StringVar(&f.vi, "vi", "", "file with the inverse covariance, for mahalanobis (default: of the data)")
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write the result to this .npy or CSV file (- for standard output)")
	cmd.Flags().StringVar(&f.distances, "distances", "", "with --top, write the distances to this .npy or CSV file")
	cmd.Flags().StringVar(&f.dtype, "dtype", "", "compute in float32 or float64 (default: what the files hold)")
	cmd.Flags().StringVar(&f.columns, "columns", "", "columns to read of CSV files, such as 0:4")
	cmd.Flags().BoolVar(&f.argmin, "argmin", false, "the position of the nearest row of Y, for each row of X")
	cmd.Flags().IntVar(&f.top, "top", 0, "the positions of so many nearest rows of Y, for each row of X, nearest first")
	cmd.Flags().Float64Var(&f.below, "count-below", 0, "how many rows of Y are nearer than this, for each row of X")
	fastFlag(cmd, &f.fast)
	cmd.Flags().BoolVar(&f.explain, "explain", false, "print the plans: kernels, device, bytes, flops, time")
	return cmd
}

func runCdist(cmd *cobra.Command, a *app, f cdistFlags, args []string) error {
	f.count = cmd.Flags().Changed("count-below")
	if err := f.check(cmd); err != nil {
		return err
	}
	if err := checkColumns(f.columns, args); err != nil {
		return usagef(cmd, "%w", err)
	}
	if len(args) == 2 && args[0] == "-" && args[1] == "-" {
		return usagef(cmd, "standard input can be read only once")
	}
	var files []*arrayfile.File
	for _, path := range args {
		file, err := a.read(cmd.Context(), path, columnsFor(path, f.columns))
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	dtype, err := chooseType(f.dtype, files)
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	if dtype == "float32" {
		return cdistAs[float32](cmd.Context(), a, f, files)
	}
	return cdistAs[float64](cmd.Context(), a, f, files)
}

// check looks for flags that do not go together, and for mistakes in the metric's
// name, before files are read.
func (f *cdistFlags) check(cmd *cobra.Command) error {
	for flag, metric := range map[string]string{"p": "minkowski", "v": "seuclidean", "vi": "mahalanobis"} {
		if cmd.Flags().Changed(flag) && f.metric != metric {
			return usagef(cmd, "--%s goes with --metric %s, not %s", flag, metric, f.metric)
		}
	}
	var asked []string
	for _, flag := range []string{"argmin", "top", "count-below"} {
		if cmd.Flags().Changed(flag) {
			asked = append(asked, "--"+flag)
		}
	}
	switch {
	case len(asked) > 1:
		return usagef(cmd, "%s do not go together", strings.Join(asked, " and "))
	case cmd.Flags().Changed("top") && f.top < 1:
		return usagef(cmd, "--top is %d, expected at least 1", f.top)
	case f.distances != "" && f.top == 0:
		return usagef(cmd, "--distances goes with --top")
	}
	if _, err := fastOptions(f.fast); err != nil {
		return usagef(cmd, "%w", err)
	}
	if slices.Contains([]string{"mahalanobis", "minkowski"}, f.metric) {
		if f.metric == "minkowski" && !(f.p >= 1) {
			return usagef(cmd, "--p is %v, expected at least 1", f.p)
		}
		return nil
	}
	if _, err := ops.ParseMetric(f.metric); err != nil {
		return usagef(cmd, "%w; quern help metrics lists all", err)
	}
	return nil
}

// distances is a computation of quern cdist.
type distances[T ops.Float] struct {
	*app
	flags  cdistFlags
	x, y   ops.Array[T]
	alone  bool // y is x
	metric ops.Metric
	opts   []ops.Option
	plans  plans // if asked for
}

func cdistAs[T ops.Float](ctx context.Context, a *app, f cdistFlags, files []*arrayfile.File) error {
	d := &distances[T]{app: a, flags: f, x: asArray[T](files[0]), alone: len(files) == 1}
	d.y = d.x
	if !d.alone {
		d.y = asArray[T](files[1])
	}
	fast, err := fastOptions(f.fast)
	if err != nil {
		return err
	}
	d.opts = append(a.options(), fast...)
	if f.explain {
		d.opts = append(d.opts, d.plans.collect())
	}
	if _, err := ops.DeviceName(d.opts...); err != nil {
		return err
	}
	if d.metric, err = d.chooseMetric(ctx); err != nil {
		return fmt.Errorf("cdist: %w", err)
	}
	if err := ops.PairwiseDistance(d.x, d.y, d.metric).Err(); err != nil {
		return fmt.Errorf("cdist: %w", err)
	}
	switch {
	case f.argmin:
		return d.nearest(ctx)
	case f.top > 0:
		return d.nearestFew(ctx)
	case f.count:
		return d.countBelow(ctx)
	case d.alone:
		return d.condensed(ctx)
	}
	return d.matrix(ctx)
}

// chooseMetric reads the metric's parameters, or finds them in the data.
func (d *distances[T]) chooseMetric(ctx context.Context) (ops.Metric, error) {
	f := &d.flags
	others := d.y
	if d.alone {
		others = d.x.Slice(ops.To(0))
	}
	if f.w != "" {
		return d.weighted(ctx)
	}
	switch {
	case f.metric == "minkowski":
		return ops.Minkowski(f.p), nil
	case f.metric == "seuclidean" && f.v != "":
		v, err := d.values(ctx, f.v)
		return ops.SEuclidean(v), err
	case f.metric == "seuclidean":
		return ops.FitSEuclidean(ctx, d.x, others, d.opts...)
	case f.metric == "mahalanobis" && f.vi != "":
		vi, err := d.values(ctx, f.vi)
		return ops.Mahalanobis(vi), err
	case f.metric == "mahalanobis":
		return ops.FitMahalanobis(ctx, d.x, others, d.opts...)
	}
	return ops.ParseMetric(f.metric)
}

// weighted is the metric with weights.
func (d *distances[T]) weighted(ctx context.Context) (ops.Metric, error) {
	metric := ops.Minkowski(d.flags.p)
	if d.flags.metric != "minkowski" {
		var err error
		if metric, err = ops.ParseMetric(d.flags.metric); err != nil {
			return metric, err
		}
	}
	w, err := d.values(ctx, d.flags.w)
	return metric.Weighted(w), err
}

// values are the elements of a file of parameters.
func (d *distances[T]) values(ctx context.Context, path string) ([]float64, error) {
	file, err := d.read(ctx, path, "")
	if err != nil {
		return nil, err
	}
	return asArray[float64](file).Data(ctx)
}
