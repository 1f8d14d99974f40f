// Heat follows the temperature of a square plate whose edges are kept at zero:
// ∂u/∂t = ∂²u/∂x² + ∂²u/∂y², in explicit steps on a grid. Starting from
// sin πx · sin πy, the exact solution is known: it decays as exp(−2π²t).
package main

import (
	"context"
	"fmt"
	"log"
	"math"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/ops"
)

const (
	cells = 100                         // along each side of the plate
	steps = 2000                        // in time
	end   = 0.04                        // time of the last
	ratio = end / steps * cells * cells // step in time over the square of that in space: at most ¼, or it explodes
)

func main() {
	err := run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	along := ops.Linspace(0.0, 1, cells+1).MulScalar(math.Pi).Sin()
	u, err := edged(along.Outer(along).Slice(ops.Range(1, -1), ops.Range(1, -1))).Eval(ctx)
	if err != nil {
		return err
	}
	start := u
	for range steps {
		if u, err = edged(step(u)).Eval(ctx); err != nil { // one plan for all steps
			return err
		}
	}
	exact := start.MulScalar(math.Exp(-2 * math.Pi * math.Pi * end))
	off, err := u.Sub(exact).Abs().Max().Scalar(ctx)
	if err != nil {
		return err
	}
	centre, err := u.Slice(ops.At(cells/2), ops.At(cells/2)).Scalar(ctx)
	fmt.Printf("after %d steps the centre is at %.6f; the largest error is %.1e\n", steps, centre, off)
	return err
}

// step is the temperature inside of the edges after one step.
func step(u ops.Array[float64]) ops.Array[float64] {
	inner, before, after := ops.Range(1, -1), ops.To(-2), ops.From(2)
	centre := u.Slice(inner, inner)
	beside := u.Slice(before, inner).Add(u.Slice(after, inner)).Add(u.Slice(inner, before)).Add(u.Slice(inner, after))
	return ops.FMA(beside.Sub(centre.MulScalar(4)), ops.Full(ratio), centre)
}

// edged puts zeros around a grid.
func edged(inner ops.Array[float64]) ops.Array[float64] {
	n := inner.Shape()[0]
	side, row := ops.Zeros[float64](n, 1), ops.Zeros[float64](1, n+2)
	return ops.Concat(0, row, ops.Concat(1, side, inner, side), row)
}
