package main

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/internal/evalexpr"
	"github.com/quern-go/quern/ops"
)

type integrateFlags struct {
	simulateFlags
	over            []string
	samples, method string
}

func newIntegrate(a *app) *cobra.Command {
	var f integrateFlags
	cmd := &cobra.Command{
		Use:   "integrate EXPRESSION --over NAME=LOW:HIGH ...",
		Short: "Estimate an integral over a box",
		Long: `Estimate the integral of an expression (as quern eval takes it) over a box, in float64.
The methods are plain random samples, antithetic pairs, stratified pairs and sobol, 16
shifted copies of Sobol's sequence: for smooth integrands that converges fastest.`,
		Example: `  quern integrate 'exp(-x*x-y*y)' --over x=-1:1 --over y=-1:1 --samples 1e8
  quern integrate 'sin(x)' --over x=0:pi --method sobol`,
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return runIntegrate(cmd, a, f, args[0]) },
	}
	cmd.Flags().StringArrayVar(&f.over, "over", nil, "a variable and its bounds, such as x=-1:1; once for each")
	cmd.Flags().StringVarP(&f.samples, "samples", "n", "1e7", "number of samples, such as 1e8")
	cmd.Flags().StringVar(&f.method, "method", "plain", "plain, antithetic, stratified or sobol")
	f.add(cmd)
	completeFrom(cmd, "method", "plain", "antithetic", "stratified", "sobol")
	return cmd
}

// variable is one of an integral.
type variable struct {
	name string
	ops.Bounds
}

func runIntegrate(cmd *cobra.Command, a *app, f integrateFlags, source string) error {
	expr, err := evalexpr.Parse(source)
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	samples, err := parseCount(f.samples)
	if err != nil {
		return usagef(cmd, "--samples: %w", err)
	}
	method, err := ops.ParseIntegrateMethod(f.method)
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	if err := f.check(); err != nil {
		return usagef(cmd, "%w", err)
	}
	variables, err := parseVariables(expr, f.over)
	if err != nil {
		return usagef(cmd, "%w", err)
	}
	var est ops.Estimate
	s, err := a.simulate(&f.simulateFlags, samples, "samples", func(opts []ops.Option) (err error) {
		est, err = integrate(cmd, expr, variables, samples, f.seed, method, opts)
		return err
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(estimateReport{SchemaVersion: schemaVersion, Value: number(est.Mean), StandardError: number(est.StdErr),
			Low: number(est.Low), High: number(est.High), Confidence: est.Confidence, Samples: est.Samples, Method: method.String(),
			Seed: f.seed, DType: "float64", Shape: []int{}, Device: s.device, ElapsedSeconds: s.elapsed.Seconds(), Explain: s.plans.String()})
	}
	_, err = fmt.Fprintf(a.out, "%s%.12g ± %.2g (standard error), %.4g%% interval [%.12g, %.12g]\n%d samples, %s, seed %d, on %s in %s: %.3g samples/s\n",
		s.plans.lead(), est.Mean, est.StdErr, 100*est.Confidence, est.Low, est.High,
		est.Samples, method, f.seed, s.device, showDuration(s.elapsed), float64(est.Samples)/s.elapsed.Seconds())
	return err
}

// integrate builds the integrand from the expression.
func integrate(cmd *cobra.Command, expr *evalexpr.Expr, variables []variable, samples int, seed uint64, method ops.IntegrateMethod, opts []ops.Option) (ops.Estimate, error) {
	over := make([]ops.Bounds, len(variables))
	for i, v := range variables {
		over[i] = v.Bounds
	}
	var mistake error
	est, err := ops.Integrate(cmd.Context(), func(x []ops.Array[float64]) ops.Array[float64] {
		arrays := make(map[string]ops.Array[float64])
		for i, v := range variables {
			arrays[v.name] = x[i]
		}
		value, err := evalexpr.Build(cmd.Context(), expr, arrays, opts...)
		switch {
		case err != nil:
			mistake = err
		case value.Kind == evalexpr.Number:
			return ops.Full(value.Number)
		case value.Kind != evalexpr.Array:
			mistake = fmt.Errorf("%q is %s, expected an array", expr, value.Kind)
		}
		return value.Array
	}, over, samples, seed, method, opts...)
	if mistake != nil {
		return est, mistake
	}
	return est, withNames(err, variables)
}

// withNames puts the names of the variables in an error about one.
func withNames(err error, variables []variable) error {
	var bounds *ops.BoundsError
	var integrand *ops.IntegrandError
	switch {
	case errors.As(err, &bounds):
		return fmt.Errorf("integrate: %s", bounds.Text(variables[bounds.Variable].name))
	case errors.As(err, &integrand):
		var names []string
		for _, v := range variables {
			names = append(names, v.name)
		}
		return fmt.Errorf("integrate: %s", integrand.Text(names))
	}
	return err
}

// parseVariables reads --over flags, one for each name of the expression.
func parseVariables(expr *evalexpr.Expr, flags []string) ([]variable, error) {
	var list []variable
	for _, text := range flags {
		name, bounds, ok := strings.Cut(text, "=")
		low, high, ok2 := strings.Cut(bounds, ":")
		if !ok || !ok2 || !token.IsIdentifier(name) {
			return nil, fmt.Errorf("--over %q: expected NAME=LOW:HIGH", text)
		}
		if slices.ContainsFunc(list, func(v variable) bool { return v.name == name }) {
			return nil, fmt.Errorf("--over %q: %s was given already", text, name)
		}
		v := variable{name: name}
		var err error
		if v.Low, err = parseNumber(low); err != nil {
			return nil, fmt.Errorf("--over %q: %w", text, err)
		}
		if v.High, err = parseNumber(high); err != nil {
			return nil, fmt.Errorf("--over %q: %w", text, err)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no variable given: --over NAME=LOW:HIGH")
	}
	for _, name := range expr.Names() {
		if !slices.ContainsFunc(list, func(v variable) bool { return v.name == name }) {
			return nil, fmt.Errorf("the expression uses %s: give its bounds as --over %s=LOW:HIGH", name, name)
		}
	}
	return list, nil
}

// parseNumber reads a number, or an expression of numbers such as 2*pi.
func parseNumber(text string) (float64, error) {
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		return x, nil
	}
	expr, err := evalexpr.Parse(text)
	if err != nil {
		return math.NaN(), err
	}
	v, err := evalexpr.Build[float64](context.Background(), expr, nil)
	if err == nil && v.Kind != evalexpr.Number {
		err = fmt.Errorf("%q is not a number", text)
	}
	return v.Number, err
}
