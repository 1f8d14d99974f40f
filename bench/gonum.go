package bench

import (
	"runtime"
	"strings"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/quern-go/quern/bench/peers"
)

// gonumJobs does the products, dot and y += x of a group by gonum's BLAS, which is a peer inside of this program.
func gonumJobs(e *Env, workloads []Workload) []*otherJob {
	var jobs []*otherJob
	for _, w := range workloads {
		if run, values := gonumWork(e, w); run != nil {
			jobs = append(jobs, &otherJob{
				Work:   peers.Work{Workload: w.Name, Peer: "gonum"},
				time:   func(runs int) (time.Duration, error) { return timeOn(e.Threads, runs, run), nil },
				values: func() ([]float64, error) { run(); return values(), nil },
			})
		}
	}
	return jobs
}

// gonumWork is a workload's run and some of its result; nil if gonum has none like it.
func gonumWork(e *Env, w Workload) (run func(), values func() []float64) {
	var lib gonum.Implementation
	kind, size, _ := strings.Cut(w.Name, "/")
	n := parseShape(size)
	switch {
	case kind == "sgemm" && len(n) == 3:
		a, b, c := input[float32](e, "a", n[0]*n[2]), input[float32](e, "b", n[2]*n[1]), output[float32](e, "c of gonum", n[0]*n[1])
		return func() { lib.Sgemm(blas.NoTrans, blas.NoTrans, n[0], n[1], n[2], 1, a, n[2], b, n[1], 0, c, n[1]) },
			func() []float64 { return takeSome(c) }
	case kind == "dgemm" && len(n) == 3:
		a, b, c := input[float64](e, "a", n[0]*n[2]), input[float64](e, "b", n[2]*n[1]), output[float64](e, "c of gonum", n[0]*n[1])
		return func() { lib.Dgemm(blas.NoTrans, blas.NoTrans, n[0], n[1], n[2], 1, a, n[2], b, n[1], 0, c, n[1]) },
			func() []float64 { return takeSome(c) }
	case kind == "dot":
		a, b, sum := input[float32](e, "a", n[0]), input[float32](e, "b", n[0]), float32(0)
		return func() { sum = lib.Sdot(n[0], a, 1, b, 1) }, func() []float64 { return []float64{float64(sum)} }
	case kind == "add_in_place":
		x, y := input[float32](e, "a", n[0]), output[float32](e, "c of gonum", n[0])
		return func() { lib.Saxpy(n[0], 1, x, 1, y, 1) }, func() []float64 { return nil }
	}
	return nil, nil
}

// timeOn runs on so many of Go's threads, as many as gonum then starts goroutines.
func timeOn(threads, runs int, run func()) time.Duration {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	start := time.Now()
	for range runs {
		run()
	}
	return time.Since(start)
}
