//go:build amd64 || arm64

package simd

import "unsafe"

// swap exchanges the arguments, for ops that commute.
func swap(f Fn2) Fn2 {
	return func(dst, a, b unsafe.Pointer, n int) { f(dst, b, a, n) }
}

// tiled makes a transposition of one that does square tiles of a given side. What
// is left at the edges is done in Go.
func tiled[T unsigned](side int, tile func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride int)) func(unsafe.Pointer, int, unsafe.Pointer, int, int, int) {
	var element T
	size := int(unsafe.Sizeof(element))
	return func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int) {
		wholeRows, wholeCols := rows-rows%side, cols-cols%side
		for r := 0; r < wholeRows; r += side {
			for c := 0; c < wholeCols; c += side {
				tile(unsafe.Add(dst, (r*dstStride+c)*size), dstStride, unsafe.Add(src, (c*srcStride+r)*size), srcStride)
			}
		}
		if wholeCols < cols {
			transpose[T](unsafe.Add(dst, wholeCols*size), dstStride, unsafe.Add(src, wholeCols*srcStride*size), srcStride, rows, cols-wholeCols)
		}
		if wholeRows < rows {
			transpose[T](unsafe.Add(dst, wholeRows*dstStride*size), dstStride, unsafe.Add(src, wholeRows*size), srcStride, rows-wholeRows, wholeCols)
		}
	}
}
