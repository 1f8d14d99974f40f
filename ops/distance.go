package ops

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Metric is a distance between two vectors.
type Metric struct {
	name string
	p    float64 // Minkowski's exponent
}

// The metrics without a parameter.
var (
	Euclidean   = Metric{name: "euclidean"}   // √Σ(x−y)²
	SqEuclidean = Metric{name: "sqeuclidean"} // Σ(x−y)²
	CityBlock   = Metric{name: "cityblock"}   // Σ|x−y|
	Chebyshev   = Metric{name: "chebyshev"}   // max|x−y|
	Cosine      = Metric{name: "cosine"}      // 1 − x·y/(‖x‖‖y‖); NaN for a zero vector
)

// Minkowski is (Σ|x−y|ᵖ)^(1/p) for p ≥ 1. For p = 1, 2 and +Inf it is
// CityBlock, Euclidean and Chebyshev, bit for bit; integers up to 64 are powers
// by multiplication, other exponents go through Pow.
func Minkowski(p float64) Metric {
	switch {
	case p == 1:
		return CityBlock
	case p == 2:
		return Euclidean
	case math.IsInf(p, 1):
		return Chebyshev
	}
	return Metric{name: "minkowski", p: p}
}

// metricNames lists the names that ParseMetric knows.
const metricNames = "euclidean, sqeuclidean, cityblock, chebyshev, cosine, minkowski:P (P ≥ 1)"

// Metrics lists the metrics that need no parameter.
func Metrics() []Metric { return []Metric{Euclidean, SqEuclidean, CityBlock, Chebyshev, Cosine} }

// ParseMetric reads SciPy's name of a metric; Minkowski's exponent follows a
// colon, as in "minkowski:3".
func ParseMetric(name string) (Metric, error) {
	for _, m := range Metrics() {
		if m.name == name {
			return m, nil
		}
	}
	if text, ok := strings.CutPrefix(name, "minkowski:"); ok {
		p, err := strconv.ParseFloat(text, 64)
		if err == nil {
			m := Minkowski(p)
			err = m.check()
			if err == nil {
				return m, nil
			}
		}
		return Metric{}, fmt.Errorf("metric %q: %w", name, err)
	}
	return Metric{}, fmt.Errorf("metric %q: unknown, expected one of %s", name, metricNames)
}

// String is the name that ParseMetric reads.
func (m Metric) String() string {
	if m.name == "minkowski" {
		return "minkowski:" + strconv.FormatFloat(m.p, 'g', -1, 64)
	}
	return m.name
}

func (m Metric) check() error {
	if m.name == "" {
		return fmt.Errorf("the zero Metric, expected one of %s", metricNames)
	}
	if m.name == "minkowski" && !(m.p >= 1) {
		return fmt.Errorf("exponent %v, expected p ≥ 1", m.p)
	}
	return nil
}

// maxIntegerPower bounds the exponents computed by multiplication.
const maxIntegerPower = 64

// PairwiseDistance is the (m, n) array of the distances between the rows of x
// (m, k) and those of y (n, k). Followed by ArgMin, ArgMax, Min, Max or Sum along
// one axis, the matrix is never stored. Equal rows are at distance exactly 0.
func PairwiseDistance[T Float](x, y Array[T], metric Metric) Array[T] {
	a, b := x.node(), y.node()
	for _, n := range []*expr.Node{a, b} {
		if n.Err != nil {
			return Array[T]{n}
		}
	}
	if err := metric.check(); err != nil {
		return Array[T]{expr.Failf("pairwise distance: %w", err)}
	}
	if len(a.Shape) != 2 || len(b.Shape) != 2 || a.Shape[1] != b.Shape[1] {
		return Array[T]{expr.Failf("pairwise distance: shapes %v and %v, expected (m, k) and (n, k)", a.Shape, b.Shape)}
	}
	if metric.name == "cosine" {
		return cosine(x, y)
	}
	return Array[T]{metric.distance(a, expr.Transpose(b, nil))}
}

// distance contracts x (m, k) with y (k, n).
func (m Metric) distance(x, y *expr.Node) *expr.Node {
	step := func(s expr.Step, power *expr.Node) *expr.Node {
		return expr.NewContract("pairwise distance", s, x, y, power)
	}
	switch m.name {
	case "euclidean":
		return expr.Unary(expr.Sqrt, step(expr.Step{Term: term.SqDiff}, nil))
	case "sqeuclidean":
		return step(expr.Step{Term: term.SqDiff}, nil)
	case "cityblock":
		return step(expr.Step{Term: term.AbsDiff}, nil)
	case "chebyshev":
		return step(expr.Step{Term: term.MaxAbsDiff}, nil)
	}
	root := expr.Scalar(x.Type, 1/m.p)
	switch {
	case m.p == 3:
		return expr.Call("pow", step(expr.Step{Term: term.CubeDiff}, nil), root)
	case m.p == math.Trunc(m.p) && m.p <= maxIntegerPower:
		return expr.Call("pow", step(expr.Step{Power: int(m.p)}, nil), root)
	}
	return expr.Call("pow", step(expr.Step{}, expr.Scalar(x.Type, m.p)), root)
}

// cosine is 1 − c with c = x·y/(‖x‖‖y‖), cut to [−1, 1] as SciPy does, so that
// rounding does not make a distance negative.
func cosine[T Float](x, y Array[T]) Array[T] {
	norm := func(a Array[T], axis int) Array[T] { return a.Square().Sum(1).Sqrt().ExpandDims(axis) }
	c := x.MatMul(y.T()).Div(norm(x, 1).Mul(norm(y, 0)))
	return Full(T(1)).Sub(c.MaximumScalar(-1).MinimumScalar(1))
}
