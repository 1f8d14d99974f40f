package bench

import (
	"regexp"
	"time"
)

// Scale is how large the workloads are.
type Scale bool

// The scales.
const (
	Full  Scale = false // the sizes that results are quoted at
	Quick Scale = true  // small enough for a test
)

func (s Scale) pick(full, quick int) int {
	if s == Quick {
		return quick
	}
	return full
}

// Effort is what the benchmark spends on each workload at this scale.
func (s Scale) Effort() Effort {
	if s == Quick {
		return Effort{Samples: 5, Least: 3, Budget: 100 * time.Millisecond, SampleTime: 200 * time.Microsecond}
	}
	return Effort{Samples: 15, Least: 5, Budget: 5 * time.Second, SampleTime: 2 * time.Millisecond}
}

// Group is workloads that are sampled in turn and share arrays.
type Group struct {
	Name      string
	Workloads []Workload
}

// Suite lists every workload. The memory of a group is given back before the next one.
func Suite(s Scale) []Group {
	tens, many, side := s.pick(10_000_000, 100_000), s.pick(100_000_000, 1_000_000), s.pick(10_000, 1000)
	small, middle, large := s.pick(1024, 64), s.pick(2048, 128), s.pick(4096, 256)
	n := s.pick(1000, 200)
	return []Group{
		{"overhead", []Workload{Launch(1), Launch(1024), AddInPlace(1024), HandOff()}},
		{"course", []Workload{MatMulSum(n), Distances(n, n, 100), Pi(many)}},
		{"sgemm", []Workload{Gemm[float32](small), Gemm[float32](middle), Gemm[float32](large)}},
		{"dgemm", []Workload{Gemm[float64](small), Gemm[float64](middle), Gemm[float64](large)}},
		{"memory", append(Streams(many), Dot(many), Sum(many), SumAxis(side, 0), SumAxis(side, 1), AddInPlace(many))},
		{"functions", append(Functions(tens), Random(tens)...)},
		{"transpose", []Workload{Centre(side)}},
	}
}

// Select keeps the workloads whose names match, and the groups that then have any.
func Select(groups []Group, names *regexp.Regexp) []Group {
	var out []Group
	for _, g := range groups {
		var kept []Workload
		for _, w := range g.Workloads {
			if names.MatchString(w.Name) {
				kept = append(kept, w)
			}
		}
		if len(kept) > 0 {
			out = append(out, Group{g.Name, kept})
		}
	}
	return out
}
