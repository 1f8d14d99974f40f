package ops

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// parameters are what a metric was made with. Its columns are multiplied by scale,
// or its rows by factor, before a metric without parameters is taken: in float64,
// so that rounding does no harm to float32.
type parameters struct {
	scale  []float64 // by column; nil: none
	factor []float64 // k×k in row-major order; nil: none
	k      int       // columns that the parameters are for; 0: any
	err    error
}

// WeightedMinkowski is (Σ w·|x−y|ᵖ)^(1/p), with a weight of at least 0 for each
// column; for p = +Inf, the largest |x−y| where w is not 0. It is Minkowski(p) of
// columns multiplied by w^(1/p) in float64, whose rounding its result has.
func WeightedMinkowski(p float64, w []float64) Metric {
	given := &parameters{scale: make([]float64, len(w)), k: len(w)}
	m := Metric{name: "minkowski", p: p, given: given}
	for i, x := range w {
		switch {
		case !(x >= 0) || math.IsInf(x, 1):
			given.err = fmt.Errorf("weight %d is %v, expected a finite number of at least 0", i, x)
		case math.IsInf(p, 1) && x > 0:
			given.scale[i] = 1
		case p == 2:
			given.scale[i] = math.Sqrt(x)
		case x > 0:
			given.scale[i] = math.Pow(x, 1/p)
		}
	}
	return m
}

// SEuclidean is √Σ(x−y)²/v, with the variance of each column. Without variances
// they are those of the rows of x and y together, divided by their number less
// one; columns that do not vary then give NaN, as SciPy has it. It is Euclidean of
// columns divided by √v in float64, whose rounding its result has.
func SEuclidean(v []float64) Metric {
	m := Metric{name: "seuclidean"}
	if v == nil {
		return m
	}
	m.given = &parameters{scale: make([]float64, len(v)), k: len(v)}
	for i, x := range v {
		if !(x > 0) || math.IsInf(x, 1) {
			m.given.err = fmt.Errorf("variance %d is %v, expected a finite number above 0", i, x)
		}
		m.given.scale[i] = 1 / math.Sqrt(x)
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
// rows multiplied by the Cholesky factor of vi in float64, whose rounding its
// result has.
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

// transformed is Minkowski's p and the arrays of which it is the metric with
// parameters.
func (m Metric) transformed(x, y Array[float64]) (Metric, Array[float64], Array[float64]) {
	plain := Euclidean
	if m.name == "minkowski" {
		plain = Minkowski(m.p)
	}
	switch g := m.given; {
	case g == nil: // SEuclidean(nil)
		scale := Full(1.).Div(variances(x, y).Sqrt())
		return plain, x.Mul(scale), y.Mul(scale)
	case g.factor != nil:
		factor := FromSlice(slices.Clone(g.factor), g.k, g.k)
		return plain, x.MatMul(factor), y.MatMul(factor)
	default:
		scale := FromSlice(slices.Clone(g.scale))
		return plain, x.Mul(scale), y.Mul(scale)
	}
}
