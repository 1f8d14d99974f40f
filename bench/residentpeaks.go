package bench

import (
	"context"

	"github.com/quern-go/quern/kernels"
)

// Sizes of the references in a device's memory: enough that a launch's cost does not show.
const (
	residentCopyElements = 1 << 29 // at most
	residentFMAElements  = 1 << 26
	fmaChains, fmaRounds = 8, 32
)

// residentReferences lists what to measure in the device's memory beside workloads.
func residentReferences(ctx context.Context, e *Env, workloads []Workload) ([]reference, error) {
	limits := make(map[Limit]bool)
	n := 1 << 20
	for _, w := range workloads {
		limits[w.Limit] = true
		n = max(n, min(int(w.Bytes/8), residentCopyElements))
	}
	var out []reference
	add := func(limit Limit, source string, w Workload) error {
		job, err := w.Setup(ctx, e)
		if err != nil {
			return err
		}
		r := reference{limit: limit, source: source, run: job.Run, close: job.Close}
		if limit == FMA32 || limit == FMA64 {
			r.flops = w.Flops
		} else {
			r.bytes = w.Bytes
		}
		out = append(out, r)
		return nil
	}
	for _, limit := range []Limit{Streaming, Reading} {
		if limits[limit] {
			if err := add(limit, "a copy in the device's memory", residentMaps(n)[0]); err != nil {
				return out, err
			}
		}
	}
	for limit, t := range map[Limit]kernels.DType{FMA32: kernels.F32, FMA64: kernels.F64} {
		if limits[limit] {
			if err := add(limit, "independent fused multiply-adds", residentFMA(t, min(n, residentFMAElements))); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// residentFMA is a Map of little memory and many multiply-adds, in chains that hide each other's latency.
func residentFMA(t kernels.DType, n int) Workload {
	return flatMap(Workload{Name: "resident_fma", Flops: 2 * fmaChains * fmaRounds * float64(n)}, n, 1, t,
		func(b *kernels.Builder, x []kernels.Value) kernels.Value {
			var chains [fmaChains]kernels.Value
			factor := b.Float(t, 0.999)
			for i := range chains {
				chains[i] = b.Add(x[0], b.Float(t, float64(i)))
			}
			for range fmaRounds {
				for i := range chains {
					chains[i] = b.FMA(chains[i], factor, x[0])
				}
			}
			sum := chains[0]
			for _, c := range chains[1:] {
				sum = b.Add(sum, c)
			}
			return sum
		}).workload()
}
