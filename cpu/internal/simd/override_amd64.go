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
