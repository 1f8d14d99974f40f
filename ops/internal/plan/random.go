package plan

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/ops/internal/expr"
)

// draw emits element index of a random array, or one draw of sample index.
func draw(b *kernels.Builder, n *node, index, seed kernels.Value) kernels.Value {
	stream := b.Int(kernels.U64, 0)
	if n.Draw == nil {
		if n.Op == expr.Normal {
			return mathfn.Normal(b, n.Type, index, stream, seed)
		}
		return mathfn.Uniform(b, n.Type, index, stream, seed)
	}
	d := mathfn.Draws{Index: index, Stream: stream, Seed: seed, Words: n.Draw.Sample.Words}
	if n.Op == expr.Normal {
		return d.Normal(b, n.Type, n.Draw.Word)
	}
	return d.Uniform(b, n.Type, n.Draw.Word)
}
