package gemm

import "fmt"

// Term is the step of a contraction.
//
// The floor of a term is counted from its instructions: Zen 4 starts two of 512 bits a cycle,
// of which one may add or subtract and one may multiply, compare or do both (loops of those
// instructions alone, on registers, do so to 2%), and takes some 6 cycles for 16 quotients of
// float32 and 10 for 8 of float64. A load is one of the two, unless it is an operand of another
// instruction: so the tiles of AVX-512 read a[i,k] in the instruction that subtracts, adds or
// compares it. Cycles for a vector of 512 bits, float32, 252×512×1024 on one thread of a busy
// machine (3.7 GHz), packing and all else included; float64 takes the same but for quotients,
// and up to a tenth more since its panels are twice as long:
//
//	term         instructions                                floor  reached
//	sqdiff       sub fma                                     1      1.07
//	absdiff      sub and fma                                 1.5    1.69
//	maxabsdiff   sub and max                                 1.5    1.68
//	cubediff     sub mul and fma                             2      2.23
//	notequal     cmp, add under its mask                     1      1.11  the mask is a third operand: 1.09 at best
//	canberra     sub and add and max test div fma            6      6.35
//	braycurtis   sub and fma add and fma                     3      3.34
//	wsqdiff      sub mul fma                                 2      2.18
//	wabsdiff     sub and fma                                 1.5    1.76
//	wcubediff    sub mul mul and fma                         3      3.22
//	wnotequal    cmp, add under its mask                     1      1.31  1.14 at best, with a weight for each k
//	wcanberra    sub and add and max test div fma            6      6.69
//	wbraycurtis  sub and fma add and fma                     3      3.55
type Term uint8

const (
	FMA        Term = iota // acc = fma(a, b, acc): the matrix product
	SqDiff                 // d = a−b; acc = fma(d, d, acc): squared Euclidean distance
	AbsDiff                // acc = acc + |a−b|: city block distance
	MaxAbsDiff             // acc = max(acc, |a−b|), NaN wins: Chebyshev distance
	CubeDiff               // d = |a−b|; acc = fma(d·d, d, acc): Minkowski distance, p = 3
	NotEqual               // acc = acc + (a ≠ b ? 1 : 0): Hamming distance
	Canberra               // acc = acc + |a−b|/(|a|+|b|), or 0 where both are 0

	// Terms of two accumulators, with weights, or both: at every level but the generic one.
	BrayCurtis         // acc = acc + |a−b|; all = all + |a+b|
	WeightedSqDiff     // d = a−b; acc = fma(w, d·d, acc)
	WeightedAbsDiff    // acc = fma(w, |a−b|, acc)
	WeightedCubeDiff   // d = |a−b|; acc = fma(w, d·d·d, acc)
	WeightedNotEqual   // acc = acc + (a ≠ b ? w : 0)
	WeightedCanberra   // acc = fma(w, |a−b|/(|a|+|b|), acc)
	WeightedBrayCurtis // acc = fma(w, |a−b|, acc); all = fma(w, |a+b|, all)
	numTerms
)

var termNames = [numTerms]string{
	"fma", "sqdiff", "absdiff", "maxabsdiff", "cubediff", "notequal", "canberra",
	"braycurtis", "wsqdiff", "wabsdiff", "wcubediff", "wnotequal", "wcanberra", "wbraycurtis",
}

// Accs is the number of accumulators.
func (t Term) Accs() int {
	if t == BrayCurtis || t == WeightedBrayCurtis {
		return 2
	}
	return 1
}

// IsWeighted says whether the term reads a weight.
func (t Term) IsWeighted() bool { return t >= WeightedSqDiff }

// String returns the term's name, such as fma or sqdiff.
func (t Term) String() string {
	if t >= numTerms {
		return fmt.Sprintf("term(%d)", uint8(t))
	}
	return termNames[t]
}

// combine adds the results of a further chunk of k to those of the ones before.
func combine[T Float](t Term, acc, chunk []T) {
	chunk = chunk[:len(acc)]
	if t == MaxAbsDiff {
		for i, c := range chunk {
			acc[i] = max(acc[i], c)
		}
		return
	}
	for i, c := range chunk {
		acc[i] += c
	}
}
