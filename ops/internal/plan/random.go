package plan

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/ops/internal/expr"
)

// draw emits element index of a random array, or one draw of sample index; step is
// the number of the step, for the draws of a loop. Of Integers and Pick it is the
// whole number, U64.
func draw(b *kernels.Builder, n *node, index, seed, bound, step kernels.Value) kernels.Value {
	d := mathfn.Draws{Index: index, Stream: b.Int(kernels.U64, 0), Seed: seed, Words: wordsOf(n)}
	word := 0
	if n.Draw != nil {
		d.Words, word = n.Draw.Sample.Words, n.Draw.Word
		if l := n.Draw.Sample.Loop; l != nil {
			each := b.Int(kernels.U64, int64(mathfn.Streams(d.Words)))
			d.Stream = b.Add(b.Mul(step, each), b.Int(kernels.U64, int64(l.Stream)))
		}
	}
	switch n.Op {
	case expr.Normal:
		return d.Normal(b, n.Type, word)
	case expr.Uniform:
		return d.Uniform(b, n.Type, word)
	}
	return d.Below(b, bound, word, mathfn.IndexWords(n.Below()))
}

// wordsOf is how many random words a draw takes.
func wordsOf(n *node) int {
	switch n.Op {
	case expr.Normal:
		return mathfn.NormalWords(n.Type)
	case expr.Uniform:
		return mathfn.UniformWords(n.Type)
	}
	return mathfn.IndexWords(n.Below())
}

// sobol emits a coordinate of a point of Sobol's sequence. The shift of a replicate
// is a word of Philox at the replicate's number, in the stream of the dimension.
func sobol(b *kernels.Builder, n *node, args [3]kernels.Value) (kernels.Value, error) {
	point, replicate := b.Convert(kernels.U64, args[0]), b.Convert(kernels.U64, args[1])
	shift := b.Philox(replicate, b.Int(kernels.U64, int64(n.Number)), args[2], 0, 0)
	return mathfn.Sobol(b, n.Number, n.Loop.Steps, point, shift)
}
