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

// foldWholeSteps makes a FoldRows, of elements of a size, of one that takes a multiple of
// step rows of up to most values: the last rows are taken with some of those before them.
// What is too little or too long for that is left to another.
func foldWholeSteps(step, size, most int, fold, other func(dst, src unsafe.Pointer, n, rows int, past bool)) func(dst, src unsafe.Pointer, n, rows int, past bool) {
	return func(dst, src unsafe.Pointer, n, rows int, past bool) {
		if rows < step || n > most {
			other(dst, src, n, rows, past)
			return
		}
		rest := rows % step
		fold(dst, src, n, rows-rest, past)
		if rest > 0 {
			first := rows - step
			fold(unsafe.Add(dst, first*size), unsafe.Add(src, first*n*size), n, step, false)
		}
	}
}

// drawBlocks is an entry of Table.Draws over a level's kernel, which wants counters that
// agree in their high word: it cuts where the low word overflows. The values of
// a draw have the given number of bits.
func drawBlocks(bits int, run func(dst *[4]unsafe.Pointer, state unsafe.Pointer, first, n, gap int, args *[2]unsafe.Pointer)) func(*[4]unsafe.Pointer, *PhiloxState, uint64, int, int, *[2]unsafe.Pointer) {
	return func(dst *[4]unsafe.Pointer, s *PhiloxState, first uint64, n, gap int, args *[2]unsafe.Pointer) {
		for n > 0 {
			m := int(min(uint64(n), 1<<32-first&0xffffffff))
			s.reach(uint32(first >> 32))
			run(dst, unsafe.Pointer(&s.words), int(uint32(first)), m, gap, args)
			if n -= m; n > 0 {
				for k, p := range dst {
					if p != nil {
						dst[k] = unsafe.Add(p, m*bits/8+m/Lanes*gap)
					}
				}
			}
			first += uint64(m)
		}
	}
}
