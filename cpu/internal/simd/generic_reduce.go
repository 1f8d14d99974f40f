package simd

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

func fillReduce(t *Table) {
	fillCombines[float32](t)
	fillCombines[float64](t)
}

func fillCombines[T float](t *Table) {
	dt := typeOf[T]()
	setCombine(t, kernels.CombineAdd, dt, accumAdd[T])
	setCombine(t, kernels.CombineMul, dt, accumMul[T])
	setCombine(t, kernels.CombineMin, dt, accumMin[T])
	setCombine(t, kernels.CombineMax, dt, accumMax[T])
	setProduct[T](t, dt)
	t.ArgMin[dt], t.ArgMax[dt] = argMin[T], argMax[T]
	t.FirstBelow[dt] = firstBelow[T]
	t.FoldMost[dt], t.SpanMost[dt] = foldMost, spanMost
}

// setProduct makes the accumulating kernels of products.
func setProduct[T float](t *Table, dt kernels.DType) {
	t.AccumRowsMul[dt] = func(acc, a, b unsafe.Pointer, rows int) {
		sums, x, y := block[T](acc, Lanes), block[T](a, rows*Lanes), block[T](b, rows*Lanes)
		for ; len(x) >= Lanes; x, y = x[Lanes:], y[Lanes:] {
			accumProduct(sums, x, y)
		}
	}
	t.AccumStridedMul[dt] = func(acc, a, b unsafe.Pointer, n, rows, stride int) {
		sums := block[T](acc, n)
		var size T
		for r := range rows {
			at := r * stride * int(unsafe.Sizeof(size))
			accumProduct(sums, block[T](unsafe.Add(a, at), n), block[T](unsafe.Add(b, at), n))
		}
	}
}

// accumProduct rounds each product: the conversion keeps it from being fused.
func accumProduct[T float](acc, x, y []T) {
	x, y = x[:len(acc)], y[:len(acc)]
	for j := range acc {
		acc[j] += T(x[j] * y[j])
	}
}

// setCombine makes the three accumulating kernels of one that combines a row
// into the accumulators: acc[j] = combine(acc[j], row[j]).
func setCombine[T float](t *Table, c kernels.Combine, dt kernels.DType, row func(acc, row []T)) {
	t.AccumRows[c][dt] = func(acc, src unsafe.Pointer, rows int) {
		a, s := block[T](acc, Lanes), block[T](src, rows*Lanes)
		for ; len(s) >= Lanes; s = s[Lanes:] {
			row(a, s[:Lanes])
		}
	}
	t.FoldLanes[c][dt] = func(acc unsafe.Pointer) {
		a := block[T](acc, Lanes)
		for half := Lanes / 2; half > 0; half /= 2 {
			row(a[:half], a[half:2*half])
		}
	}
	t.AccumStrided[c][dt] = func(acc, src unsafe.Pointer, n, rows, stride int) {
		a := block[T](acc, n)
		var size T
		for r := range rows {
			row(a, block[T](unsafe.Add(src, r*stride*int(unsafe.Sizeof(size))), n))
		}
	}
	setNarrow(t, c, dt, row)
}

func accumAdd[T float](acc, row []T) {
	row = row[:len(acc)]
	for j := range acc {
		acc[j] += row[j]
	}
}

func accumMul[T float](acc, row []T) {
	row = row[:len(acc)]
	for j := range acc {
		acc[j] *= row[j]
	}
}

func accumMin[T float](acc, row []T) {
	row = row[:len(acc)]
	for j := range acc {
		acc[j] = min(acc[j], row[j])
	}
}

func accumMax[T float](acc, row []T) {
	row = row[:len(acc)]
	for j := range acc {
		acc[j] = max(acc[j], row[j])
	}
}

func argMin[T float](src unsafe.Pointer, n int) int {
	x, best := block[T](src, n), 0
	for i, v := range x {
		if v != v {
			return i
		}
		if v < x[best] {
			best = i
		}
	}
	return best
}

func argMax[T float](src unsafe.Pointer, n int) int {
	x, best := block[T](src, n), 0
	for i, v := range x {
		if v != v {
			return i
		}
		if v > x[best] {
			best = i
		}
	}
	return best
}

func firstBelow[T float](src, bound unsafe.Pointer, n int) int {
	limit := *(*T)(bound)
	for i, v := range block[T](src, n) {
		if v < limit {
			return i
		}
	}
	return n
}
