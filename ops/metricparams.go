package ops

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

// parameters are what a metric was made with. It is computed in float64.
type parameters struct {
	weights []float64 // by column; nil: none
	factor  []float64 // by which rows are multiplied, k×k in row-major order; nil: none
	k       int       // columns that the parameters are for; 0: any
	err     error
}

// weightable are the metrics that take weights; they are those that do in SciPy, and
// the inner product.
var weightable = []string{
	"euclidean", "sqeuclidean", "cityblock", "chebyshev", "minkowski", "cosine", "correlation", "braycurtis", "canberra", "hamming",
	"jaccard", "inner", "dice", "kulczynski1", "rogerstanimoto", "russellrao", "sokalmichener", "sokalsneath", "yule",
}

// Weighted is the metric with a weight of at least 0 for each column, which multiplies
// what the column adds to each sum: √Σ w·(x−y)², Σ w·|x−y|, (Σ w·|x−y|ᵖ)^(1/p) and so on.
// Hamming's share is of Σ w, correlation's means are weighted, metrics of sets count w,
// and Chebyshev leaves out the columns of weight 0. Differences are taken before they are
// weighted, so rows that are close together lose nothing to the weights.
func (m Metric) Weighted(w []float64) Metric {
	given := &parameters{weights: slices.Clone(w), k: len(w)}
	for i, x := range w {
		if !(x >= 0) || math.IsInf(x, 1) {
			given.err = fmt.Errorf("weight %d is %v, expected a finite number of at least 0", i, x)
		}
	}
	switch {
	case m.name == "":
	case !slices.Contains(weightable, m.name):
		given.err = fmt.Errorf("it takes no weights, as do %s", strings.Join(weightable, ", "))
	case m.given != nil:
		given.err = errors.New("it has weights already")
	}
	m.given = given
	return m
}

// SEuclidean is √Σ(x−y)²/v, with the variance of each column: Euclidean with the
// weights 1/v. Without variances they are those of the rows of x and y together, divided
// by their number less one; columns that do not vary then give NaN, as SciPy has it.
func SEuclidean(v []float64) Metric {
	m := Metric{name: "seuclidean"}
	if v == nil {
		return m
	}
	m.given = &parameters{weights: make([]float64, len(v)), k: len(v)}
	for i, x := range v {
		if !(x > 0) || math.IsInf(x, 1) {
			m.given.err = fmt.Errorf("variance %d is %v, expected a finite number above 0", i, x)
		}
		m.given.weights[i] = 1 / x
	}
	return m
}

// FitSEuclidean is SEuclidean with the variances of the rows of x (m, k) and y
// (n, k) together, which are computed now; y may have no rows. It is an error if a
// column does not vary.
func FitSEuclidean[T Float](ctx context.Context, x, y Array[T], opts ...Option) (Metric, error) {
	if err := checkPair(x.node(), y.node()); err != nil {
		return Metric{}, fmt.Errorf("fit seuclidean: %w", err)
	}
	v, err := variances(Convert[float64](x), Convert[float64](y)).Data(ctx, opts...)
	if err != nil {
		return Metric{}, fmt.Errorf("fit seuclidean: %w", err)
	}
	m := SEuclidean(v)
	if err := m.check(); err != nil {
		return Metric{}, fmt.Errorf("fit seuclidean: %w", err)
	}
	return m, nil
}

// variances are those of the columns of x and y together.
func variances(x, y Array[float64]) Array[float64] {
	rows := float64(x.Shape()[0] + y.Shape()[0])
	mean := x.Sum(0).Add(y.Sum(0)).DivScalar(rows)
	squares := func(a Array[float64]) Array[float64] { return a.Sub(mean).Square().Sum(0) }
	return squares(x).Add(squares(y)).DivScalar(rows - 1)
}

// Mahalanobis is √((x−y)ᵀ·vi·(x−y)), vi being the inverse of the k×k covariance
// matrix in row-major order: symmetric and positive definite. It is Euclidean of
// rows multiplied by the Cholesky factor of vi; these products have twice as many
// digits as float64, so that rows that are close together and far from 0 lose none.
func Mahalanobis(vi []float64) Metric {
	m := Metric{name: "mahalanobis", given: &parameters{}}
	k := int(math.Sqrt(float64(len(vi))))
	if k == 0 || k*k != len(vi) {
		m.given.err = fmt.Errorf("a matrix of %d elements, expected k·k", len(vi))
		return m
	}
	for i := range k {
		for j := range i {
			a, b := vi[i*k+j], vi[j*k+i]
			if math.Abs(a-b) > 1e-8*math.Sqrt(math.Abs(vi[i*k+i]*vi[j*k+j])) {
				m.given.err = fmt.Errorf("elements (%d, %d) and (%d, %d) of the matrix are %v and %v, expected a symmetric one", i, j, j, i, a, b)
				return m
			}
		}
	}
	m.given.k = k
	m.given.factor, m.given.err = cholesky(vi, k)
	return m
}

// FitMahalanobis is Mahalanobis with the inverse of the covariance of the rows of x
// (m, k) and y (n, k) together, which is computed now; y may have no rows. It is an error if that is
// singular, as it is for fewer than k + 1 rows.
func FitMahalanobis[T Float](ctx context.Context, x, y Array[T], opts ...Option) (Metric, error) {
	metric, err := fitMahalanobis(ctx, Convert[float64](x), Convert[float64](y), opts)
	if err != nil {
		return metric, fmt.Errorf("fit mahalanobis: %w", err)
	}
	return metric, nil
}

func fitMahalanobis(ctx context.Context, x, y Array[float64], opts []Option) (Metric, error) {
	if err := checkPair(x.node(), y.node()); err != nil {
		return Metric{}, err
	}
	k, rows := x.Shape()[1], x.Shape()[0]+y.Shape()[0]
	if rows <= k {
		return Metric{}, fmt.Errorf("%d rows in %d dimensions: the covariance is singular, expected at least %d rows", rows, k, k+1)
	}
	mean := x.Sum(0).Add(y.Sum(0)).DivScalar(float64(rows))
	cx, cy := x.Sub(mean), y.Sub(mean)
	covariance := cx.T().MatMul(cx).Add(cy.T().MatMul(cy)).DivScalar(float64(rows - 1))
	v, err := covariance.Data(ctx, opts...)
	if err != nil {
		return Metric{}, err
	}
	factor, err := cholesky(v, k)
	if err != nil {
		return Metric{}, fmt.Errorf("the covariance is singular: %w", err)
	}
	return Metric{name: "mahalanobis", given: &parameters{factor: inverseTransposed(factor, k), k: k}}, nil
}

var errNotDefinite = errors.New("the matrix is not positive definite")

// cholesky is the lower triangle L with L·Lᵀ = a, k×k. Every product is rounded,
// also where the machine could fuse it with an addition: the bits are the same
// everywhere.
func cholesky(a []float64, k int) ([]float64, error) {
	l := make([]float64, k*k)
	for i := range k {
		for j := range i + 1 {
			sum := a[i*k+j]
			for n := range j {
				sum -= float64(l[i*k+n] * l[j*k+n])
			}
			switch {
			case i > j:
				l[i*k+j] = sum / l[j*k+j]
			case !(sum > float64(k)*0x1p-52*a[i*k+i]) || math.IsInf(sum, 1):
				return nil, fmt.Errorf("%w: pivot %d is %v, of %v", errNotDefinite, i, sum, a[i*k+i])
			default:
				l[i*k+i] = math.Sqrt(sum)
			}
		}
	}
	return l, nil
}

// inverseTransposed is (L⁻¹)ᵀ of a lower triangle: the columns of L⁻¹ by forward
// substitution.
func inverseTransposed(l []float64, k int) []float64 {
	out := make([]float64, k*k)
	for c := range k {
		column := out[c*k : (c+1)*k]
		for i := c; i < k; i++ {
			sum := 0.
			if i == c {
				sum = 1
			}
			for n := c; n < i; n++ {
				sum -= float64(l[i*k+n] * column[n])
			}
			column[i] = sum / l[i*k+i]
		}
	}
	return out
}

// applied is the metric without its parameters, and the arrays and weights that have
// them.
func (m Metric) applied(x, y Array[float64]) (Metric, pair[float64]) {
	plain, v := m, pair[float64]{x: x, y: y}
	plain.given = nil
	if m.name == "seuclidean" {
		plain = Euclidean
	}
	switch g := m.given; {
	case g == nil: // SEuclidean(nil)
		w := Full(1.).Div(variances(x, y))
		v.w = &w
	case g.factor != nil:
		return plain, v.multiplied(FromSlice(slices.Clone(g.factor), g.k, g.k))
	default:
		w := FromSlice(slices.Clone(g.weights))
		v.w = &w
	}
	return plain, v
}

// multiplied is the rows times a matrix, with twice as many digits as float64: each
// element of the product is two columns, one after the other, of which the second is
// what the first lacks. The weights say which is which.
func (v pair[T]) multiplied(factor Array[T]) pair[T] {
	k := factor.Shape()[1]
	twice := func(a Array[T]) Array[T] {
		product := func(t term.Term) Array[T] {
			return Array[T]{expr.NewContract("pairwise distance", expr.Step{Term: t}, a.node(), factor.node(), nil)}
		}
		return Stack(2, product(term.Dot2), product(term.Dot2Rest)).Reshape(a.Shape()[0], 2*k)
	}
	second := make([]T, 2*k)
	for i := range k {
		second[2*i+1] = 1
	}
	w := FromSlice(second)
	return pair[T]{twice(v.x), twice(v.y), &w}
}
