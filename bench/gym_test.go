package bench

import (
	"context"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quern-go/quern/bench/peers"
	"github.com/quern-go/quern/device/devicetest"
)

// TestPeersAgree runs the whole suite, small, with every peer: each must compute what Quern does. It needs all of
// them, and a minute.
func TestPeersAgree(t *testing.T) {
	if !devicetest.Required("peers") {
		t.Skip("runs if QUERN_REQUIRE lists peers")
	}
	dev, err := DescribeDevice("cpu:2threads")
	if err != nil {
		t.Fatal(err)
	}
	r := Runner{Device: dev, Effort: Effort{Samples: 1, SampleTime: 1}, Peers: true}
	run, err := r.Run(t.Context(), Suite(Quick))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range run.Missing {
		t.Errorf("%s: %s", m.Peer, m.Reason)
	}
	seen := make(map[string]bool)
	for _, result := range run.Results {
		for _, p := range result.Peers {
			name, _, _ := strings.Cut(p.Peer, " ")
			seen[strings.TrimSuffix(name, ",")] = true
			if p.Differs != "" {
				t.Errorf("%s by %s: %s", result.Name, p.Peer, p.Differs)
			}
		}
	}
	if len(seen) != 8 { // C is one of them, gonum another
		t.Errorf("only %v were measured", seen)
	}
}

// TestPeersOfAGPUDoResidentWorkloads reads their sources: they cannot run without a GPU.
func TestPeersOfAGPUDoResidentWorkloads(t *testing.T) {
	groups := append(Resident(Full, 1_000_000_000), Group{"estimates", []Workload{Pi(100), EuropeanCall(100), AsianCall(100, asianSteps)}})
	for _, p := range peers.For("cuda") {
		does := strings.Join(regexp.MustCompile(`(?m)^@work\(.*\)$`).FindAllString(p.Source(), -1), "\n")
		for _, g := range groups {
			for _, w := range g.Workloads {
				if kind, _, _ := strings.Cut(w.Name, "/"); !strings.Contains(does, strconv.Quote(kind)) {
					t.Errorf("%s does not do %s", p.Name, w.Name)
				}
			}
		}
	}
}

// TestPeersInsideOfThisProgram needs none to be installed.
func TestPeersInsideOfThisProgram(t *testing.T) {
	e := &Env{Threads: 1}
	w := Gemm[float32](20, 30, 40)
	job, err := w.Setup(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	jobs := gonumJobs(e, []Workload{w, Pi(10), Dot(100), AddInPlace(10), Gemm[float64](8, 8, 8)})
	if len(jobs) != 4 {
		t.Fatalf("gonum does %d of the workloads, expected 4", len(jobs))
	}
	if err := job.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took, err := jobs[0].time(2); took <= 0 || err != nil {
		t.Errorf("two runs take %v, %v", took, err)
	}
	if differs := jobs[0].differs(job); differs != "" {
		t.Errorf("gonum's product differs: %s", differs)
	}
}

func TestFailingPeerIsMissing(t *testing.T) {
	calls := 0
	o := &others{jobs: []*otherJob{{Work: peers.Work{Workload: "a", Peer: "b"}, time: func(int) (time.Duration, error) {
		calls++
		return 0, errors.New("out of memory")
	}}}}
	stats, err := Measure(context.Background(), o.contenders(), Effort{Samples: 3}, nil)
	if err != nil || calls != 1 {
		t.Fatalf("%v after %d calls", err, calls)
	}
	if got := o.beside("a", &Job{}, stats[0], stats); len(got) != 0 || len(o.missing) != 1 || !strings.Contains(o.missing[0].Reason, "out of memory") {
		t.Errorf("beside %v, missing %v", got, o.missing)
	}
}

func TestDiffers(t *testing.T) {
	job := &Job{Values: func() []float64 { return []float64{1, 100} }}
	tests := []struct {
		name   string
		values []float64
		err    error
		want   string
	}{
		{"equal", []float64{1, 100}, nil, ""},
		{"rounded otherwise", []float64{1.0001, 100.01}, nil, ""},
		{"nothing to compare", nil, nil, ""},
		{"not a number", []float64{math.NaN(), 100}, nil, "NaN, expected 1"},
		{"another value", []float64{2, 100}, nil, "2, expected 1"},
		{"another length", []float64{1}, nil, "1 elements"},
		{"an error", nil, errors.New("broken"), "broken"},
	}
	for _, test := range tests {
		j := &otherJob{values: func() ([]float64, error) { return test.values, test.err }}
		if got := j.differs(job); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %q, expected %q", test.name, got, test.want)
		}
	}
}
