package simd

import "unsafe"

func fillMemory(t *Table) {
	t.Fill = map[int]Fn1{4: fill[uint32], 8: fill[uint64]}
	t.Gather = map[int]func(dst, src unsafe.Pointer, stride, n int){4: gather[uint32], 8: gather[uint64]}
	t.Transpose = map[int]func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int){
		4: transpose[uint32], 8: transpose[uint64],
	}
	t.Stream = func(dst, src unsafe.Pointer, n int) { copy(block[byte](dst, n), block[byte](src, n)) }
	t.StreamFence = func() {}
	t.Prefetch = func(unsafe.Pointer, int) {}
}

func fill[T unsigned](dst, a unsafe.Pointer, n int) {
	v := at[T](a, 0)
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = v
	}
}

func gather[T unsigned](dst, src unsafe.Pointer, stride, n int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](src, i*stride)
	}
}

// transpose reads along the source's rows, whose lines are then used whole; the
// destination's few lines stay in the cache.
func transpose[T unsigned](dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int) {
	var size T
	for c := range cols {
		s := block[T](unsafe.Add(src, c*srcStride*int(unsafe.Sizeof(size))), rows)
		for r, v := range s {
			*(*T)(unsafe.Add(dst, (r*dstStride+c)*int(unsafe.Sizeof(size)))) = v
		}
	}
}
