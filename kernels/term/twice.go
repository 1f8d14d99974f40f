package term

import "github.com/quern-go/quern/kernels"

// dot2 adds a·b to sum and what the roundings of the product and the sum lose to lost
// (Ogita, Rump and Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26(6),
// 2005, algorithm Dot2): sum + lost is as good as computed with twice the digits, for
// chains of one chunk.
func (s *stepper) dot2(a, b, sum, lost kernels.Value) (newSum, newLost kernels.Value) {
	p := s.b.Mul(a, b)
	ofProduct := s.b.FMA(a, b, s.b.Neg(p))
	// TwoSum (Knuth): newSum + ofSum is exactly sum + p.
	newSum = s.b.Add(sum, p)
	added := s.b.Sub(newSum, sum)
	ofSum := s.b.Add(s.b.Sub(sum, s.b.Sub(newSum, added)), s.b.Sub(p, added))
	return newSum, s.b.Add(lost, s.b.Add(ofProduct, ofSum))
}

// twiceSqDiff adds (a − b)² of elements that are each the sum of two, at one k and
// the next, where w is 0 and then not. At the first k their difference is put by. Chunks have
// an even length, so none comes between.
func (s *stepper) twiceSqDiff(a, b, sum, first kernels.Value) (newSum, newFirst kernels.Value) {
	zero := s.b.Float(s.dt, 0)
	isFirst := s.b.Equal(s.weight, zero)
	difference := s.b.Sub(a, b)
	d := s.b.Add(first, difference)
	return s.b.Select(isFirst, sum, s.b.FMA(d, d, sum)), s.b.Select(isFirst, difference, zero)
}
