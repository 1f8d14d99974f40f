package bench

import (
	"regexp"
	"time"

	"github.com/quern-go/quern/ops"
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
	return Effort{Samples: 20, Least: 10, Budget: time.Second, Patience: 20 * time.Second, SampleTime: 2 * time.Millisecond}
}

// Group is workloads that are sampled in turn and share arrays.
type Group struct {
	Name      string
	Workloads []Workload
}

// Suite lists every workload. The memory of a group is given back before the next one.
func Suite(s Scale) []Group {
	tens, many, side := s.pick(10_000_000, 100_000), s.pick(100_000_000, 1_000_000), s.pick(10_000, 1000)
	large, n := s.pick(4096, 256), s.pick(1000, 200)
	rows, points, features := s.pick(2000, 100), s.pick(10_000, 200), s.pick(128, 32)
	var sizes []Workload
	for length := 1000; length <= tens; length *= 10 {
		sizes = append(sizes, Add(length), Chain(length))
	}
	functions := append(Functions(tens), Functions(1 << 16)[0])
	return []Group{
		{"overhead", []Workload{Launch(1), Launch(1024), AddInPlace(1024), HandOff()}},
		{"course", []Workload{MatMulSum(n), MatMulSum(4 * n), Distances(n, n, 100)}},
		{"estimates", []Workload{Pi(many), EuropeanCall(many), AsianCall(tens/10, asianSteps), Integral(many), BootstrapMean(side, side)}},
		{"sgemm", Gemms[float32](large)},
		{"dgemm", Gemms[float64](large)},
		{"babelstream", append(BabelStream(many), FMA(many), AddInPlace(many))},
		{"reductions", Reductions(many)},
		{"functions", append(functions, Random(tens)...)},
		{"sizes", sizes},
		{"distances", Metrics(rows, rows, 64)},
		{"many distances", []Workload{distances[float32](ops.Euclidean, points, points, features), nearest[float32](ops.Euclidean, points, points, features)}},
		{"transpose", []Workload{Centre(side)}},
		{"files", []Workload{FileExp(tens), FileDistances(n, n, 100)}},
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
