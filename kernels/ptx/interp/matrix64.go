package interp

import "math"

// multiply64 does mma.sync of float64 for a whole warp. Thread t has rows t/4, and t/4+8
// where there are 16, of a at columns t%4, t%4+4, …; column t/4 of b at those rows; and of d
// the columns 2(t%4) and the next in its rows (PTX ISA, "Matrix Fragments for mma.m8n8k4
// with .f64", and for the larger ones). Each element of d is a chain of fused multiply-adds
// that begins with c.
func multiply64(threads []thread, in *inst) {
	s := in.matrix
	var a [16][16]float64 // row, k
	var b [8][16]float64  // column, k
	halves := s.d / 2     // of the rows
	for i := range threads {
		regs := threads[i].regs
		for r := range s.a {
			a[i/4+8*(r%halves)][i%4+r/halves*4] = math.Float64frombits(regs[in.list[s.d+r]])
		}
		for r := range s.b {
			b[i/4][i%4+4*r] = math.Float64frombits(regs[in.list[s.d+s.a+r]])
		}
	}
	for i := range threads {
		regs := threads[i].regs
		for r := range s.d {
			sum := math.Float64frombits(regs[in.list[s.d+s.a+s.b+r]])
			row, column := &a[i/4+8*(r/2)], &b[i%4*2+r%2]
			for k := range s.depth {
				if threads[0].program.Descending {
					k = s.depth - 1 - k
				}
				sum = math.FMA(row[k], column[k], sum)
			}
			regs[in.list[r]] = math.Float64bits(sum)
		}
	}
}
