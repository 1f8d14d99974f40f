package ops

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

// maxIntegerPower bounds the exponents computed by multiplication.
const maxIntegerPower = 64

// PairwiseDistance is the (m, n) array of the distances between the rows of x
// (m, k) and those of y (n, k). Followed by ArgMin, ArgMax, Min, Max, Sum, Smallest,
// ArgSmallest or TopK along one axis, the matrix is never stored. Equal rows are at
// distance exactly 0 by every metric that is a sum or maximum of differences.
func PairwiseDistance[T Float](x, y Array[T], metric Metric) Array[T] {
	if err := checkPair(x.node(), y.node()); err != nil {
		return Array[T]{expr.Fail(err)}
	}
	if err := metric.checkFor(x.Shape()[1]); err != nil {
		return Array[T]{expr.Failf("pairwise distance: %w", err)}
	}
	if metric.given != nil || metric.name == "seuclidean" {
		plain, a, b := metric.transformed(Convert[float64](x), Convert[float64](y))
		return Convert[T](pair[float64]{a, b}.distance(plain))
	}
	return pair[T]{x, y}.distance(metric)
}

// checkPair says whether two arrays are rows of one length.
func checkPair(a, b *expr.Node) error {
	for _, n := range []*expr.Node{a, b} {
		if n.Err != nil {
			return n.Err
		}
	}
	if len(a.Shape) != 2 || len(b.Shape) != 2 || a.Shape[1] != b.Shape[1] {
		return fmt.Errorf("pairwise distance: shapes %v and %v, expected (m, k) and (n, k)", a.Shape, b.Shape)
	}
	return nil
}

// checkFor is check for vectors of k elements.
func (m Metric) checkFor(k int) error {
	if err := m.check(); err != nil {
		return err
	}
	if m.given != nil && m.given.k != k {
		return fmt.Errorf("metric %s: parameters for %d columns, the arrays have %d", m.name, m.given.k, k)
	}
	if m.name == "haversine" && k != 2 {
		return fmt.Errorf("metric haversine: %d columns, expected latitude and longitude", k)
	}
	return nil
}

// pair is the arrays of a distance, (m, k) and (n, k).
type pair[T Float] struct{ x, y Array[T] }

// distance is that by a metric without parameters, but for Minkowski's p.
func (v pair[T]) distance(m Metric) Array[T] {
	switch m.name {
	case "euclidean":
		return v.chain(term.SqDiff).Sqrt()
	case "sqeuclidean":
		return v.chain(term.SqDiff)
	case "cityblock":
		return v.chain(term.AbsDiff)
	case "chebyshev":
		return v.chain(term.MaxAbsDiff)
	case "minkowski":
		return v.minkowski(m.p)
	case "canberra":
		return v.chain(term.Canberra)
	case "braycurtis":
		return v.chain(term.AbsDiff).Div(pair[T]{v.x, v.y.Neg()}.chain(term.AbsDiff))
	case "hamming":
		return v.chain(term.NotEqual).DivScalar(T(v.columns()))
	case "jaccard":
		return v.jaccard()
	case "inner":
		return v.product()
	case "cosine":
		return v.cosine()
	case "correlation":
		return pair[T]{centredRows(v.x), centredRows(v.y)}.cosine()
	case "rogerstanimoto", "sokalmichener":
		return v.matching()
	case "haversine":
		return v.haversine()
	case "jensenshannon", "kl", "hellinger":
		return pair[T]{probabilities(v.x), probabilities(v.y)}.divergence(m.name)
	}
	return v.counts().distance(m.name)
}

func (v pair[T]) columns() int { return v.x.Shape()[1] }

// chain contracts x (m, k) with yᵀ (k, n) by a step.
func (v pair[T]) chain(t term.Term) Array[T] { return v.contract(expr.Step{Term: t}, nil) }

func (v pair[T]) contract(s expr.Step, power *expr.Node) Array[T] {
	return Array[T]{expr.NewContract("pairwise distance", s, v.x.node(), v.y.T().node(), power)}
}

func (v pair[T]) product() Array[T] { return v.chain(term.FMA) }

func (v pair[T]) minkowski(p float64) Array[T] {
	root := expr.Scalar(typeOf[T](), 1/p)
	power := func(a Array[T]) Array[T] { return Array[T]{expr.Call("pow", a.node(), root)} }
	switch {
	case p == 3:
		return power(v.chain(term.CubeDiff))
	case p == math.Trunc(p) && p <= maxIntegerPower:
		return power(v.contract(expr.Step{Power: int(p)}, nil))
	}
	return power(v.contract(expr.Step{}, expr.Scalar(typeOf[T](), p)))
}

// cosine is 1 − c with c = x·y/(‖x‖‖y‖), cut to [−1, 1] as SciPy does, so that
// rounding does not make a distance negative.
func (v pair[T]) cosine() Array[T] {
	norm := func(a Array[T], axis int) Array[T] { return a.Square().Sum(1).Sqrt().ExpandDims(axis) }
	c := v.product().Div(norm(v.x, 1).Mul(norm(v.y, 0)))
	return Full(T(1)).Sub(c.MaximumScalar(-1).MinimumScalar(1))
}

// haversine is elementwise: the columns of x against the rows of yᵀ.
func (v pair[T]) haversine() Array[T] {
	column := func(a Array[T], i, axis int) Array[T] { return a.Slice(All(), At(i)).ExpandDims(axis) }
	half := func(i int) Array[T] {
		return column(v.x, i, 1).Sub(column(v.y, i, 0)).MulScalar(0.5).Sin().Square()
	}
	across := column(v.x, 0, 1).Cos().Mul(column(v.y, 0, 0).Cos())
	h := FMA(across, half(1), half(0))
	return h.MinimumScalar(1).Sqrt().Asin().MulScalar(2)
}

// centredRows is the rows less their means.
func centredRows[T Float](a Array[T]) Array[T] { return a.Sub(a.Mean(1).ExpandDims(1)) }

// probabilities are the rows divided by their sums, NaN for negative elements.
func probabilities[T Float](a Array[T]) Array[T] {
	p := a.Div(a.Sum(1).ExpandDims(1))
	return Where(a.LessScalar(0), Full(T(math.NaN())), p)
}

func (v pair[T]) divergence(name string) Array[T] {
	switch name {
	case "jensenshannon":
		return v.chain(term.JensenShannon).MulScalar(0.25).Sqrt()
	case "kl":
		return v.chain(term.KullbackLeibler)
	}
	return pair[T]{v.x.Sqrt(), v.y.Sqrt()}.chain(term.SqDiff).MulScalar(0.5).Sqrt()
}
