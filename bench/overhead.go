package bench

import (
	"context"
	"fmt"

	"github.com/quern-go/quern/ops"
)

// Launch is the evaluation of an expression built beforehand, of n float32: for one element, what an evaluation
// costs besides the work.
func Launch(n int) Workload {
	return evaluation[float32]{
		Workload: Workload{
			Name:    "launch/" + sizeName(n),
			Summary: fmt.Sprintf("c = a + b of %d float32, the expression built beforehand", n),
			Bytes:   12 * float64(n),
			Flops:   float64(n),
			Formula: "bytes: a and b read, c written, 3·4·n; flops: n",
			NoPeak:  "the cost of an evaluation",
		},
		operands: []operand{{name: "a", shape: []int{n}}, {name: "b", shape: []int{n}}},
		expr:     func(in []ops.Array[float32]) result[float32] { return in[0].Add(in[1]) },
	}.workload()
}

// HandOff is a round trip between two goroutines over channels: what giving work to another goroutine costs in
// Go, to set beside Launch. It does not use the device.
func HandOff() Workload {
	return Workload{
		Name:    "handoff/round_trip",
		Summary: "a value sent to a goroutine over a channel and back",
		Formula: "nothing is counted",
		NoPeak:  "the cost of a hand-off",
		Setup: func(context.Context, *Env) (*Job, error) {
			there, back := make(chan int), make(chan int)
			go func() {
				defer close(back)
				for v := range there {
					back <- v + 1
				}
			}()
			trip := func(v int) int {
				there <- v
				return <-back
			}
			return &Job{
				Run: func(context.Context) error { trip(0); return nil },
				Check: func(context.Context) error {
					if v := trip(41); v != 42 {
						return fmt.Errorf("41 came back as %d, expected 42", v)
					}
					return nil
				},
				Close: func() { close(there); <-back },
			}, nil
		},
	}
}
