package gemm

import "fmt"

// Term is the step of a contraction.
//
// The floor of a term is counted from its instructions: on Zen 4, for a vector of 512 bits,
// a cycle for each addition or subtraction, a cycle for each product or multiply-add, both
// kinds side by side, any two instructions a cycle, and 10 for 8 quotients. Cycles for
// 2000×2000×64 float64 on one thread of a busy machine (3.67 GHz), with the result
// of 32 MB and what is done to it (0.4 of them):
//
//	term         floor  reached
//	sqdiff       1      2.1   the product of the same shape, floor 1, takes 1.2 to 1.5
//	absdiff      2      2.3
//	maxabsdiff   1.5    2.3
//	notequal     1.5    2.6
//	canberra     10     9.5
//	braycurtis   3      4.3
//	wsqdiff      2      2.8
//	wabsdiff     1.5    2.4
//	wnotequal    1.5    2.6
//	wcanberra    10     9.4
//	wbraycurtis  3      4.6
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
