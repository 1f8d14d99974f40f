package ops

import (
	"testing"

	"github.com/quern-go/quern/ops/internal/plan"
)

// TestSecondsOfSingleOperations: what is computed of few elements that are broadcast
// takes its time by what is computed.
func TestSecondsOfSingleOperations(t *testing.T) {
	const n = 10_000
	x, y := FromSlice(make([]float32, n), n, 1), FromSlice(make([]float32, n))
	cpu, gpu := newUnit(slow(), false), newUnit(gpu(), false)
	for _, c := range []struct {
		name     string
		a        Array[float32]
		cpu, gpu float64 // operations' worth of each element's time
	}{
		{"a product and a sum", x.Mul(y).Sum(), 2 * singleOnCPU, 2 * singleOnGPU},
		{"four and a sum", x.Add(y).Mul(x.Sub(y)).Mul(y).Sum(), 5 * singleOnCPU, 5 * singleOnGPU},
	} {
		b := plan.Bind(c.a.n, plan.Options{})
		binding := b.Binding()
		p, err := plan.Build(c.a.n, &binding, plan.Options{})
		b.Free()
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range []struct {
			*unit
			operations float64
		}{{cpu, c.cpu}, {gpu, c.gpu}} {
			want := u.rates().LaunchSeconds + u.operations*n*n/u.rates().FlopsPerSecond32
			if got := u.seconds(p); got < 0.99*want || got > 1.01*want {
				t.Errorf("%s: %v s on %s, expected %v", c.name, got, u.name, want)
			}
		}
	}
}
