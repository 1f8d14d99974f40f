package main

import (
	"strings"
	"testing"
)

// TestBadInput: what does not make sense is an error that says what to do, or the result
// that IEEE 754 and SciPy have for it.
func TestBadInput(t *testing.T) {
	zero := write(t, "zero.npy", []int{3, 2}, []float64{0, 0, 1, 2, 3, 3}...)
	negative := write(t, "negative.npy", []int{2, 2}, []float64{-1, 2, 1, 2}...)
	line := write(t, "line.npy", []int{4, 2}, []float64{0, 0, 1, 2, 2, 4, 3, 6}...)
	none := write(t, "none.npy", []int{0}, []float64{}...)
	noRows := write(t, "norows.npy", []int{0, 2}, []float64{}...)
	singular := write(t, "vi.npy", []int{2, 2}, []float64{1, 1, 1, 1}...)
	sample := write(t, "sample.npy", []int{4}, []float64{1, 2, 3, 4}...)
	zeros := write(t, "zeros.npy", []int{2}, []float64{0, 0}...)
	for _, c := range []struct {
		name   string
		args   []string
		status int
		want   string // of the result, or in the error
	}{
		{"p below 1", []string{"cdist", zero, zero, "--metric", "minkowski", "--p", "0.5"}, statusUsage, "--p is 0.5, expected at least 1"},
		{"p not a number", []string{"cdist", zero, zero, "--metric", "minkowski", "--p", "nan"}, statusUsage, "--p is NaN, expected at least 1"},
		{"p below 1 in eval", []string{"eval", `cdist(x, x, "minkowski", 0.5)`, "x=" + zero}, statusFailed, "exponent 0.5, expected p ≥ 1"},
		{"singular covariance", []string{"cdist", line, "--metric", "mahalanobis"}, statusFailed, "the covariance is singular"},
		{"too few rows for a covariance", []string{"cdist", negative, "--metric", "mahalanobis"}, statusFailed, "expected at least 3 rows"},
		{"singular inverse covariance", []string{"cdist", zero, "--metric", "mahalanobis", "--vi", singular}, statusFailed, "not positive definite"},
		{"variances of 0", []string{"cdist", zero, "--metric", "seuclidean", "--v", zeros}, statusFailed, "variance 1 is 0, expected a finite number above 0"},
		{"cosine of a zero vector", []string{"cdist", zero, "--metric", "cosine"}, statusOK, "[                NaN                 NaN 0.05131670194948623]\n"},
		{"correlation of constant vectors", []string{"cdist", zero, "--metric", "correlation"}, statusOK, "[NaN NaN NaN]\n"},
		{"braycurtis of zero vectors", []string{"eval", `cdist(x[0:1], x[0:1], "braycurtis")`, "x=" + zero}, statusOK, "[[NaN]]\n"},
		{"jensenshannon of negative elements", []string{"cdist", negative, "--metric", "jensenshannon"}, statusOK, "[NaN]\n"},
		{"kl of negative elements", []string{"cdist", negative, "--metric", "kl"}, statusOK, "[NaN]\n"},
		{"jensenshannon of a zero vector", []string{"eval", `cdist(x[0:1], x, "jensenshannon")`, "x=" + zero}, statusOK, "[[NaN NaN NaN]]\n"},
		{"no rows", []string{"cdist", noRows, noRows}, statusOK, "[]\n"},
		{"nearest of no rows", []string{"cdist", zero, noRows, "--argmin"}, statusFailed, "argmin"},
		{"empty sample", []string{"bootstrap", none}, statusFailed, "empty sample"},
		{"mean of nothing", []string{"eval", "mean(x)", "x=" + none}, statusOK, "NaN\n"},
		{"sum of nothing", []string{"eval", "sum(x)", "x=" + none}, statusOK, "0\n"},
		{"largest of nothing", []string{"eval", "max(x)", "x=" + none}, statusFailed, "max"},
		{"median of nothing", []string{"eval", "median(x)", "x=" + none}, statusOK, "NaN\n"},
		{"k above n", []string{"cdist", zero, zero, "--top", "4"}, statusFailed, "k = 4 along axis 1 of shape [3 3], expected 1 to 3"},
		{"quantile above 1", []string{"eval", "quantile(x, 1.5)", "x=" + sample}, statusFailed, "1.5, expected a fraction from 0 to 1"},
		{"percentile above 100", []string{"eval", "percentile(x, 101)", "x=" + sample}, statusFailed, "expected"},
		{"quantile of a bootstrap", []string{"bootstrap", sample, "--stat", "quantile(x, -0.1, 1)"}, statusFailed, "-0.1, expected a fraction from 0 to 1"},
		{"confidence of 1", []string{"bootstrap", sample, "--confidence", "1"}, statusUsage, "--confidence 1: expected a number between 0 and 1"},
		{"confidence of 0", []string{"pi", "--confidence", "0"}, statusUsage, "--confidence 0"},
		{"confidence not a number", []string{"integrate", "x", "--over", "x=0:1", "--confidence", "nan"}, statusUsage, "--confidence NaN"},
		{"reversed bounds", []string{"integrate", "x*y", "--over", "x=0:1", "--over", "y=1:0"}, statusFailed, "y from 1 to 0: bounds must ascend"},
		{"no range", []string{"integrate", "x", "--over", "x=1:1"}, statusFailed, "x from 1 to 1: bounds must ascend"},
		{"infinite bounds", []string{"integrate", "exp(-x)", "--over", "x=0:inf"}, statusFailed, "substitute for an infinite range"},
		{"bounds not a number", []string{"integrate", "x", "--over", "x=nan:1"}, statusFailed, "bounds must be finite"},
		{"integrand NaN somewhere", []string{"integrate", "sqrt(x)", "--over", "x=-1:1", "-n", "1000"}, statusFailed, "at 494 of 1000 samples, such as x = -0.3471637094163085"},
		{"integrand infinite", []string{"integrate", "1/(x-x)", "--over", "x=-1:1", "-n", "100"}, statusFailed, "at 100 of 100 samples"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, c.args...)
			fits := out == c.want && errs == ""
			if c.status != statusOK {
				fits = out == "" && strings.Contains(errs, c.want) && strings.Count(errs, "\n") == 1
			}
			if status != c.status || !fits {
				t.Errorf("status %d, printed %q, %q; expected %d, %q", status, out, errs, c.status, c.want)
			}
		})
	}
}
