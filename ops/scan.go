package ops

import (
	"math"
	"unsafe"

	"github.com/quern-go/quern/ops/internal/expr"
)

// CumSum is the sums of every element with all before it along an axis; without one,
// in row-major order, as an array of one axis. They are found in blocks of 64: see
// kernels.Scan.
func (a Array[T]) CumSum(axis ...int) Array[T] { return a.cumulative(expr.CumSum, axis) }

// CumProd is the products of every element with all before it: see CumSum.
func (a Array[T]) CumProd(axis ...int) Array[T] { return a.cumulative(expr.CumProd, axis) }

func (a Array[T]) cumulative(op expr.Op, axis []int) Array[T] {
	switch len(axis) {
	case 0:
		return Array[T]{expr.NewScan(op, expr.ReshapeTo(a.n, []int{-1}), 0)}
	case 1:
		return Array[T]{expr.NewScan(op, a.n, axis[0])}
	}
	return Array[T]{expr.Failf("%s: axes %v given, expected one or none", op, axis)}
}

// Sort puts the elements along an axis in ascending order: −0 before +0, NaN last. It
// takes twice the memory of a line beside the result, on each thread that sorts one.
func (a Array[T]) Sort(axis int) Array[T] { return Array[T]{expr.NewScan(expr.Sort, a.n, axis)} }

// ArgSort is the positions, along an axis, of the elements in ascending order. Equal
// ones, as −0 and +0 are, stay in their order, and so do NaNs, which come last.
func (a Array[T]) ArgSort(axis int) IntArray {
	return IntArray{expr.NewScan(expr.ArgSort, a.n, axis)}
}

// Median is the middle element along axes, or the mean of the two in the middle: see
// Quantile.
func (a Array[T]) Median(axes ...int) Array[T] {
	return Array[T]{expr.Quantile("median", a.n, 0.5, axes)}
}

// Quantile is the value below which the fraction q, from 0 to 1, of the elements along
// axes lies: of n elements in ascending order, the one at position q·(n−1), or where
// that is between two, a point on the straight line from one to the other. It is exact,
// and NaN if an element is NaN or there are none. Nothing is sorted.
func (a Array[T]) Quantile(q float64, axes ...int) Array[T] {
	return Array[T]{expr.Quantile("quantile", a.n, q, axes)}
}

// Histogram counts the elements in bins of equal width from the smallest to the largest
// element, and says where the bins' edges are, one more than bins. If all elements are
// equal, the bins reach from 0.5 below to 0.5 above. With a NaN among the elements,
// the edges are NaN, and nothing is counted. Without elements, the bins reach from 0 to 1.
func (a Array[T]) Histogram(bins int) (counts IntArray, edges Array[T]) {
	if n := a.node(); n.Err == nil && n.Size() == 0 {
		return a.HistogramBetween(bins, 0, 1)
	}
	low, high := a.Min(), a.Max()
	half := Where(low.Equal(high), Full(T(0.5)), Full(T(0)))
	return a.histogram(bins, low.Sub(half), high.Add(half))
}

// HistogramBetween is Histogram with bins from low to high. Elements beyond are not
// counted, nor is NaN.
func (a Array[T]) HistogramBetween(bins int, low, high T) (counts IntArray, edges Array[T]) {
	if !(low < high) || math.IsInf(float64(high-low), 0) {
		failed := expr.Failf("histogram: bins from %v to %v, expected finite ascending numbers", low, high)
		return IntArray{failed}, Array[T]{failed}
	}
	return a.histogram(bins, Full(low), Full(high))
}

func (a Array[T]) histogram(bins int, low, high Array[T]) (counts IntArray, edges Array[T]) {
	if bins < 1 || bins == math.MaxInt {
		failed := expr.Failf("histogram: %d bins, expected one or more, and fewer than can be counted", bins)
		return IntArray{failed}, Array[T]{failed}
	}
	edges = stepped(low, high.Sub(low).DivScalar(T(bins)), high, bins+1)
	return IntArray{expr.NewHistogram(a.n, edges.n)}, edges
}

// HistogramEdges counts the elements between each edge and the next: in bin i are
// those with edge i ≤ element < edge i+1, and in the last also those equal to the last
// edge. The edges ascend; of an array that has yet to be computed that cannot be checked,
// and the counts mean nothing if they do not.
func (a Array[T]) HistogramEdges(edges Array[T]) IntArray {
	if list, ok := edges.given(); ok {
		for i := 1; i < len(list); i++ {
			if !(list[i] >= list[i-1]) {
				return IntArray{expr.Failf("histogram: edge %d is %v, after %v, expected ascending ones", i, list[i], list[i-1])}
			}
		}
	}
	return IntArray{expr.NewHistogram(a.n, edges.n)}
}

// given is the elements of an array that is a slice of the program's.
func (a Array[T]) given() ([]T, bool) {
	n := a.node()
	d, ok := n.Data.(*data)
	if n.Op != expr.Source || !ok || d.host == nil || !n.Layout.IsContiguous() {
		return nil, false
	}
	all := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(d.host))), len(d.host)/int(unsafe.Sizeof(T(0))))
	return all[n.Layout.Offset:][:n.Size()], true
}
