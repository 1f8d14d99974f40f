package fmapeak

import "testing"

func TestOperationsAreCounted(t *testing.T) {
	_, ok := Available()
	for _, turns := range []int{0, 1, 1000} {
		single, double := Float32(turns), Float64(turns)
		if single != 2*double {
			t.Errorf("%d turns: %v float32 operations and %v float64 ones, expected twice as many float32", turns, single, double)
		}
		if (single > 0) != (ok && turns > 0) {
			t.Errorf("%d turns: %v operations although Available is %v", turns, single, ok)
		}
	}
}

func BenchmarkFloat32(b *testing.B) { benchmark(b, Float32) }
func BenchmarkFloat64(b *testing.B) { benchmark(b, Float64) }

func benchmark(b *testing.B, loop func(int) float64) {
	const turns = 1_000_000
	flops := 0.0
	for range b.N {
		flops += loop(turns)
	}
	b.ReportMetric(flops/b.Elapsed().Seconds()*1e-9, "GFLOP/s")
}
