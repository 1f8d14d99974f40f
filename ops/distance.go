package ops

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

// PairwiseDistance is the (m, n) array of the distances between the rows of x
// (m, k) and those of y (n, k). Followed by ArgMin, ArgMax, Min, Max, Sum, Smallest,
// ArgSmallest or TopK along one axis, the matrix is never stored. Equal rows are at
// distance exactly 0 by every metric that is a sum or maximum of differences. Those
// with weights, variances or a matrix are computed in float64.
func PairwiseDistance[T Float](x, y Array[T], metric Metric) Array[T] {
	if err := checkPair(x.node(), y.node()); err != nil {
		return Array[T]{expr.Fail(err)}
	}
	if err := metric.checkFor(x.Shape()[1]); err != nil {
		return Array[T]{expr.Failf("pairwise distance: %w", err)}
	}
	if metric.given != nil || metric.name == "seuclidean" {
		plain, v := metric.applied(Convert[float64](x), Convert[float64](y))
		return Convert[T](v.distance(plain))
	}
	return pair[T]{x: x, y: y}.distance(metric)
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

// pair is the arrays of a distance, (m, k) and (n, k), and the weights of its
// columns (k), or nil.
type pair[T Float] struct {
	x, y Array[T]
	w    *Array[T]
}

// with is the pair with its arrays changed.
func (v pair[T]) with(change func(Array[T]) Array[T]) pair[T] {
	return pair[T]{change(v.x), change(v.y), v.w}
}

// weighted is an array of rows of the pair times the weights.
func (v pair[T]) weighted(a Array[T]) Array[T] {
	if v.w == nil {
		return a
	}
	return a.Mul(*v.w)
}

// total is the sum of the weights: without any, the number of columns.
func (v pair[T]) total() Array[T] {
	if v.w == nil {
		return Full(T(v.columns()))
	}
	return v.w.Sum(0)
}

// distance is that by a metric without parameters other than weights and
// Minkowski's p.
func (v pair[T]) distance(m Metric) Array[T] {
	switch m.name {
	case "euclidean":
		return v.chain(term.SqDiff).Sqrt()
	case "sqeuclidean":
		return v.chain(term.SqDiff)
	case "cityblock":
		return v.chain(term.AbsDiff)
	case "chebyshev":
		return v.counted().chain(term.MaxAbsDiff)
	case "minkowski":
		return v.minkowski(m.p)
	case "mahalanobis":
		return v.contract(expr.Step{Term: term.TwiceSqDiff}, v.w.node()).Sqrt()
	case "canberra":
		return v.chain(term.Canberra)
	case "braycurtis":
		return v.chain(term.BrayCurtis)
	case "hamming":
		return v.chain(term.NotEqual).Div(v.total())
	case "jaccard":
		return v.jaccard()
	case "inner":
		return v.product()
	case "cosine":
		return v.cosine()
	case "correlation":
		return v.with(v.centred).cosine()
	case "rogerstanimoto", "sokalmichener":
		return v.matching()
	case "haversine":
		return v.haversine()
	case "jensenshannon", "kl", "hellinger":
		return v.with(probabilities[T]).divergence(m.name)
	}
	return v.counts().distance(m.name)
}

func (v pair[T]) columns() int { return v.x.Shape()[1] }

// chain contracts x (m, k) with yᵀ (k, n) by a step, with the pair's weights if it
// has some and the step takes them.
func (v pair[T]) chain(t term.Term) Array[T] {
	if v.w != nil && t.Weighted() != term.None {
		return v.contract(expr.Step{Term: t.Weighted()}, v.w.node())
	}
	return v.contract(expr.Step{Term: t}, nil)
}

func (v pair[T]) contract(s expr.Step, weights *expr.Node) Array[T] {
	return Array[T]{expr.NewContract("pairwise distance", s, v.x.node(), v.y.T().node(), weights)}
}

// product is Σ w·x·y.
func (v pair[T]) product() Array[T] { return pair[T]{x: v.weighted(v.x), y: v.y}.chain(term.FMA) }

func (v pair[T]) minkowski(p float64) Array[T] {
	root := expr.Scalar(typeOf[T](), 1/p)
	power := func(a Array[T]) Array[T] { return Array[T]{expr.Call("pow", a.node(), root)} }
	switch {
	case p == 3:
		return power(v.chain(term.CubeDiff))
	case v.w != nil:
		return power(v.contract(expr.Step{Power: p}, v.w.node()))
	}
	return power(v.contract(expr.Step{Power: p}, nil))
}

// counted has 0 in the columns whose weight is 0.
func (v pair[T]) counted() pair[T] {
	if v.w == nil {
		return v
	}
	return v.with(func(a Array[T]) Array[T] { return Where(v.w.EqualScalar(0), Full(T(0)), a) })
}

// cosine is 1 − c with c = x·y/(‖x‖‖y‖), cut to [−1, 1] as SciPy does, so that
// rounding does not make a distance negative.
func (v pair[T]) cosine() Array[T] {
	norm := func(a Array[T], axis int) Array[T] { return v.weighted(a.Square()).Sum(1).Sqrt().ExpandDims(axis) }
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

// centred is the rows less their means.
func (v pair[T]) centred(a Array[T]) Array[T] {
	if v.w == nil {
		return a.Sub(a.Mean(1).ExpandDims(1))
	}
	return a.Sub(v.weighted(a).Sum(1).Div(v.total()).ExpandDims(1))
}

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
	return v.with(Array[T].Sqrt).chain(term.SqDiff).MulScalar(0.5).Sqrt()
}
