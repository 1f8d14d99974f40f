package simd

import "unsafe"

// override sets the entries that the level, or the one below it, has assembly
// kernels for.
func override(t *Table, level Level) {
	if level >= AVX2 {
		past(t, AVX2)
		fillAVX2(t)
	}
	if level >= AVX512 {
		past(t, AVX512)
		fillAVX512(t)
	}
}

// past makes room for the level's streaming kernels.
func past(t *Table, level Level) {
	t.Streaming = &Table{Level: level, Calls1: map[string]Fn1{}, Calls2: map[string]Fn2{}}
}

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

// nearby are the kernels of a Gather for some small strides, by stride. They take
// whole vectors of results, and read all elements between.
type nearby [9]func(dst, src unsafe.Pointer, n int)

// gatherNear makes a Gather of elements of a size of one for some small strides, one
// whose strides must fit 32-bit offsets and one for all.
func gatherNear(size int, small nearby, near, far func(dst, src unsafe.Pointer, stride, n int)) func(dst, src unsafe.Pointer, stride, n int) {
	const limit = 1 << 24 // 15 strides of 8 bytes stay below 1<<31
	lanes := 64 / size
	return func(dst, src unsafe.Pointer, stride, n int) {
		if 1 < stride && stride < len(small) && n > lanes {
			m := (n - 1) / lanes * lanes // what lies between the last elements need not be there
			small[stride](dst, src, m)
			dst, src, n = unsafe.Add(dst, m*size), unsafe.Add(src, m*stride*size), n-m
		}
		if -limit < stride && stride < limit {
			near(dst, src, stride, n)
		} else {
			far(dst, src, stride, n)
		}
	}
}
