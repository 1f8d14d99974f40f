package gemm

import "fmt"

// Term is the step of a contraction.
type Term uint8

const (
	FMA        Term = iota // acc = fma(a, b, acc): the matrix product
	SqDiff                 // d = a−b; acc = fma(d, d, acc): squared Euclidean distance
	AbsDiff                // acc = acc + |a−b|: city block distance
	MaxAbsDiff             // acc = max(acc, |a−b|), NaN wins: Chebyshev distance
	CubeDiff               // d = |a−b|; acc = fma(d·d, d, acc): Minkowski distance, p = 3
	NotEqual               // acc = acc + (a ≠ b ? 1 : 0): Hamming distance
	Canberra               // acc = acc + |a−b|/(|a|+|b|), or 0 where both are 0

	// Terms of two accumulators, with weights, or both: not at every level.
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
