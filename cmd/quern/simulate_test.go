package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestIntegrateCommand(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want float64
		most float64 // of the error
	}{
		{"plain", []string{"exp(-x*x-y*y)", "--over", "x=-1:1", "--over", "y=-1:1", "--samples", "1e6"}, math.Pi * math.Pow(math.Erf(1), 2), 5e-3},
		{"sobol", []string{"sin(x)", "--over", "x=0:pi", "--method", "sobol", "--samples", "1e5"}, 2, 1e-4},
		{"number", []string{"2*3", "--over", "x=0:2", "--samples", "100"}, 12, 1e-12},
		{"bounds of numbers", []string{"x", "--over", "x=-(1+1):2*3", "--method", "antithetic", "--samples", "1e4"}, 16, 1e-9},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, append([]string{"integrate", "--json"}, c.args...)...)
			var r estimateReport
			if err := json.Unmarshal([]byte(out), &r); status != statusOK || err != nil {
				t.Fatalf("status %d, printed %q, %q: %v", status, out, errs, err)
			}
			if math.Abs(float64(r.Value)-c.want) > c.most || r.Low > r.Value || r.High < r.Value || r.Confidence != 0.95 {
				t.Errorf("%+v, expected %v", r, c.want)
			}
		})
	}
	out, _, status := invoke(t, nil, "integrate", "x", "--over", "x=0:1", "--samples", "1000", "--explain")
	if status != statusOK || !strings.HasPrefix(out, "device: ") || !strings.Contains(out, "95% interval [") {
		t.Errorf("status %d, printed %q", status, out)
	}
}

func TestBootstrapCommand(t *testing.T) {
	x := write(t, "x.npy", []int{6}, []float64{1, 2, 3, 4, 5, 9}...)
	for _, c := range []struct {
		name  string
		args  []string
		value float64
	}{
		{"mean", []string{x}, 4},
		{"median", []string{x, "--stat", "median"}, 3.5},
		{"max", []string{x, "--stat", "max", "--method", "percentile"}, 9},
		{"expression", []string{x, "--stat", "mean(x, 1)*2", "--confidence", "0.5"}, 8},
		{"csv", []string{"../../examples/data/iris.csv", "--columns", "0,2", "--stat", "correlation"}, 0.8717537758865793},
		{"names of columns", []string{"../../examples/data/iris.csv", "--columns", "0,2", "--stat", "mean(sepal_length - x1, 1)"}, 2.0853333333333333},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, append([]string{"bootstrap", "--json", "--resamples", "500"}, c.args...)...)
			var r bootstrapReport
			if err := json.Unmarshal([]byte(out), &r); status != statusOK || err != nil {
				t.Fatalf("status %d, printed %q, %q: %v", status, out, errs, err)
			}
			if math.Abs(float64(r.Value)-c.value) > 1e-9 || r.Low > r.High || r.Resamples != 500 {
				t.Errorf("%+v, expected %v", r, c.value)
			}
		})
	}
}

func TestSimulationCommandMistakes(t *testing.T) {
	x := write(t, "x.npy", []int{3}, []float64{1, 2, 3}...)
	empty := write(t, "empty.npy", []int{0}, []float64{}...)
	matrix := write(t, "m.npy", []int{2, 3}, []float64{1, 2, 3, 4, 5, 6}...)
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"integrate", "x"}, statusUsage, "--over NAME=LOW:HIGH"},
		{[]string{"integrate", "x*y", "--over", "x=0:1"}, statusUsage, "the expression uses y"},
		{[]string{"integrate", "x", "--over", "x"}, statusUsage, `--over "x": expected`},
		{[]string{"integrate", "x", "--over", "x=0:1", "--over", "x=0:1"}, statusUsage, "given already"},
		{[]string{"integrate", "x", "--over", "x=a:1"}, statusUsage, `--over "x=a:1"`},
		{[]string{"integrate", "x", "--over", "x=1:0"}, statusFailed, "integrate: x from 1 to 0: bounds must ascend"},
		{[]string{"integrate", "x", "--over", "x=0:inf"}, statusFailed, "integrate: x from 0 to +Inf: bounds must be finite"},
		{[]string{"integrate", "log(x)", "--over", "x=-1:1", "--samples", "1000"}, statusFailed, "NaN or infinite at 494 of 1000 samples, such as x = -0.3471637094163085"},
		{[]string{"integrate", "x", "--over", "x=0:1", "--samples", "0"}, statusUsage, "whole number"},
		{[]string{"integrate", "x", "--over", "x=0:1", "--samples", "1e15"}, statusFailed, "1000000000000000 samples"},
		{[]string{"integrate", "x", "--over", "x=0:1", "--method", "simpson"}, statusUsage, "plain, antithetic"},
		{[]string{"integrate", "x", "--over", "x=0:1", "--confidence", "1.5"}, statusUsage, "--confidence 1.5"},
		{[]string{"integrate", "argmin(x)", "--over", "x=0:1"}, statusFailed, "positions"},
		{[]string{"bootstrap", empty}, statusFailed, "empty sample"},
		{[]string{"bootstrap", x, "--resamples", "1"}, statusFailed, "1 resamples"},
		{[]string{"bootstrap", x, "--stat", "nonsense"}, statusUsage, "unknown function nonsense"},
		{[]string{"bootstrap", x, "--stat", "mean(y, 1)"}, statusUsage, "uses y; the columns are x"},
		{[]string{"bootstrap", x, "--stat", "mean(x)"}, statusFailed, "has to reduce the last axis"},
		{[]string{"bootstrap", x, "--stat", "quantile(x, 2, 1)"}, statusFailed, "expected a fraction from 0 to 1"},
		{[]string{"bootstrap", x, "--stat", "correlation"}, statusUsage, "two columns, the file has 1"},
		{[]string{"bootstrap", matrix}, statusUsage, "give an expression such as mean(x0, 1)"},
		{[]string{"bootstrap", x, "--confidence", "0"}, statusUsage, "--confidence 0"},
		{[]string{"bootstrap", x, "--method", "magic"}, statusUsage, "bca, percentile or basic"},
		{[]string{"pi", "--confidence", "2"}, statusUsage, "--confidence 2"},
	} {
		t.Run(strings.Join(c.args[:2], " ")+" "+c.want, func(t *testing.T) {
			_, errs, status := invoke(t, nil, c.args...)
			if status != c.status || !strings.Contains(errs, c.want) {
				t.Errorf("status %d, %q; expected %d and %q", status, errs, c.status, c.want)
			}
		})
	}
}
