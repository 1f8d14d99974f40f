package bench

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/ops"
)

// Metrics lists the distances between the rows of m×k and n×k float64 arrays, by every metric, and the nearest row by
// some of them, for which no matrix of distances is stored.
func Metrics(m, n, k int) []Workload {
	var out []Workload
	for _, metric := range append(ops.Metrics(), ops.Minkowski(3)) {
		out = append(out, distances[float64](metric, m, n, k))
	}
	return append(out, nearest[float64](ops.Euclidean, m, n, k), nearest[float64](ops.CityBlock, m, n, k))
}

func distances[T ops.Float](metric ops.Metric, m, n, k int) Workload {
	return evaluation[T]{
		Workload: pairs[T]("cdist_"+metricName(metric), metric.String()+" distances", m, n, k),
		operands: rows(m, n, k, true),
		// It divides by the variance of all rows.
		dependent: metric.String() == "seuclidean",
		expr:      func(in []ops.Array[T]) result[T] { return ops.PairwiseDistance(in[0], in[1], metric) },
	}.workload()
}

// nearest is the fused argmin of the distances of a row.
func nearest[T ops.Float](metric ops.Metric, m, n, k int) Workload {
	return evaluation[T]{
		Workload: pairs[T]("nearest_"+metricName(metric), "position of the nearest row, "+metric.String(), m, n, k),
		operands: rows(m, n, k, false),
		expr: func(in []ops.Array[T]) result[T] {
			return positions[T]{ops.PairwiseDistance(in[0], in[1], metric).ArgMin(1)}
		},
	}.workload()
}

// metricName is the metric's name with its parameter, fit for the name of a workload.
func metricName(m ops.Metric) string { return strings.ReplaceAll(m.String(), ":", "") }

// pairs is what workloads over pairs of rows have in common. Operations are the plan's: they depend on the metric.
func pairs[T ops.Float](name, what string, m, n, k int) Workload {
	w := Workload{
		Name:    name + "/" + shapeName(m, n, k),
		Summary: fmt.Sprintf("%s, %s %d×%d with %d×%d", what, typeName[T](), m, k, n, k),
		Formula: PlanFormula,
		Limit:   FMA64,
	}
	if typeName[T]() == "float32" {
		w.Limit = FMA32
	}
	return w
}

// rows are the operands; the check takes some rows of x, and of y if the result has an axis for them.
func rows(m, n, k int, ofY bool) []operand {
	y := operand{name: "y", shape: []int{n, k}, axis: -1}
	if ofY {
		y.axis, y.out = 0, 1
	}
	return []operand{{name: "x", shape: []int{m, k}}, y}
}
