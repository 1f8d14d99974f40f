package main

import (
	"context"
	"fmt"
	"go/token"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/internal/evalexpr"
	"github.com/quern-go/quern/ops"
)

type evalFlags struct {
	output, dtype, columns, fast string
	explain, exact, strict       bool
	workspace                    sizeFlag
}

func newEval(a *app) *cobra.Command {
	var f evalFlags
	cmd := &cobra.Command{
		Use:   "eval EXPRESSION [NAME=FILE ...]",
		Short: "Evaluate an expression over arrays from .npy or CSV files",
		Long: `Evaluate an expression in Go's syntax with NumPy's functions (quern help ops lists
them). Each name in it stands for the array in a file: .npy, or CSV with or without a
header line; - is standard input. float32 files are computed in float32, all others in
float64.`,
		Example: `  quern eval 'sum(matmul(square(a), b))' a=a.npy b=b.npy
  quern eval '(x - mean(x, 0)) / std(x, 0)' x=iris.csv --columns 0:4 -o scaled.npy`,
		Args: arguments(1, math.MaxInt),
		RunE: func(cmd *cobra.Command, args []string) error { return runEval(cmd, a, f, args) },
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write the result to this .npy or CSV file (- for standard output)")
	cmd.Flags().StringVar(&f.dtype, "dtype", "", "compute in float32 or float64 (default: what the files hold)")
	cmd.Flags().StringVar(&f.columns, "columns", "", "columns to read of CSV files, such as 0:4 or width,height")
	cmd.Flags().BoolVar(&f.explain, "explain", false, "print the plan: kernels, device, bytes, flops, time")
	cmd.Flags().BoolVar(&f.exact, "exact", false, "no algebra: every sum in the order as written")
	fastFlag(cmd, &f.fast)
	cmd.Flags().BoolVar(&f.strict, "strict", false, "fail rather than fall back to another device")
	cmd.Flags().Var(&f.workspace, "workspace", "memory for temporaries on the CPU, such as 4GiB: more of it, less to recompute\n"+
		"(default: what keeps all within 64MiB of inputs and result)")
	return cmd
}

func runEval(cmd *cobra.Command, a *app, f evalFlags, args []string) error {
	ctx := cmd.Context()
	expr, err := evalexpr.Parse(args[0])
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	if _, err := fastOptions(f.fast); err != nil {
		return usagef(cmd, "%w", err)
	}
	if f.exact && f.fast != "" {
		return usagef(cmd, "--exact and --fast: give one of them")
	}
	paths, err := bindings(args[1:])
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	if err := sameNames(expr, paths); err != nil {
		return usagef(cmd, "%w", err)
	}
	if err := checkColumns(f.columns, slices.Collect(maps.Values(paths))); err != nil {
		return usagef(cmd, "%w", err)
	}
	files := make(map[string]*arrayfile.File)
	var list []*arrayfile.File
	for _, name := range expr.Names() {
		if files[name], err = a.read(ctx, paths[name], columnsFor(paths[name], f.columns)); err != nil {
			return err
		}
		list = append(list, files[name])
	}
	dtype, err := chooseType(f.dtype, list)
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	if dtype == "float32" {
		return evalAs[float32](ctx, a, f, expr, files)
	}
	return evalAs[float64](ctx, a, f, expr, files)
}

// columnsFor limits --columns to the files that have columns to choose from.
func columnsFor(path, columns string) string {
	if strings.HasSuffix(strings.ToLower(path), ".npy") {
		return ""
	}
	return columns
}

// checkColumns refuses a choice of columns that no file is subject to.
func checkColumns(columns string, paths []string) error {
	if columns != "" && !slices.ContainsFunc(paths, func(path string) bool { return columnsFor(path, columns) != "" }) {
		return fmt.Errorf("--columns %s: columns are chosen from CSV files, none is given", columns)
	}
	return nil
}

// bindings parses NAME=FILE arguments.
func bindings(args []string) (map[string]string, error) {
	paths := make(map[string]string)
	for _, arg := range args {
		name, path, ok := strings.Cut(arg, "=")
		if !ok || !token.IsIdentifier(name) || path == "" {
			return nil, fmt.Errorf("argument %q: expected NAME=FILE", arg)
		}
		if _, twice := paths[name]; twice {
			return nil, fmt.Errorf("argument %q: %s was given already", arg, name)
		}
		if path == "-" && slices.Contains(slices.Collect(maps.Values(paths)), "-") {
			return nil, fmt.Errorf("argument %q: standard input can be read only once", arg)
		}
		paths[name] = path
	}
	return paths, nil
}

// sameNames checks that the expression's names and the given ones agree.
func sameNames(expr *evalexpr.Expr, paths map[string]string) error {
	names := expr.Names()
	for _, name := range names {
		if _, ok := paths[name]; !ok {
			return fmt.Errorf("the expression uses %s: give its file as %s=FILE", name, name)
		}
	}
	for name := range paths {
		if evalexpr.IsNumber(name) {
			return fmt.Errorf("%s is a number in expressions: give the array another name", name)
		}
		if !slices.Contains(names, name) {
			return fmt.Errorf("the expression does not use %s", name)
		}
	}
	return nil
}

func evalAs[T ops.Float](ctx context.Context, a *app, f evalFlags, expr *evalexpr.Expr, files map[string]*arrayfile.File) error {
	arrays := make(map[string]ops.Array[T])
	for name, file := range files {
		arrays[name] = asArray[T](file)
		if err := arrays[name].Err(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	fast, err := fastOptions(f.fast)
	if err != nil {
		return err
	}
	opts := append(a.options(), fast...)
	if f.exact {
		opts = append(opts, ops.Exact())
	}
	if f.strict {
		opts = append(opts, ops.Strict())
	}
	if f.workspace > 0 {
		opts = append(opts, ops.Workspace(int(f.workspace)))
	}
	v, err := evalexpr.Build(ctx, expr, arrays, opts...)
	if err != nil {
		return err
	}
	switch v.Kind {
	case evalexpr.Number:
		v = evalexpr.Value[T]{Kind: evalexpr.Array, Array: ops.Full(T(v.Number))}
	case evalexpr.Text:
		return fmt.Errorf("%q is a text, not an array", expr)
	}
	return compute(ctx, a, v, f.output, opts, f.explain)
}
