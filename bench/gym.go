package bench

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/quern-go/quern/bench/peers"
	"github.com/quern-go/quern/device"
)

// gym is where peers train beside Quern; nil without peers.
type gym struct {
	bench  *peers.Bench
	peers  []peers.Peer
	driver string
	number int // of threads, or of the GPU
}

// newGym unpacks the peers that work on the runner's device: on a CPU with as many threads, or on the same GPU.
func (r *Runner) newGym() (*gym, error) {
	g := &gym{driver: r.Device.Driver, number: r.Device.Threads}
	if r.Peers {
		g.peers = peers.For(g.driver)
	}
	if len(g.peers) == 0 {
		return nil, nil
	}
	if g.driver == "cuda" {
		sel, err := device.ParseSelector(r.Device.Selector)
		if err != nil {
			return nil, err
		}
		g.number = sel.Ordinal
	}
	var err error
	g.bench, err = peers.NewBench(r.Device.Platform)
	return g, err
}

func (g *gym) close() {
	if g != nil {
		g.bench.Close()
	}
}

// others are the peers that do some of a group's workloads.
type others struct {
	processes []*peers.Process
	jobs      []*otherJob
	missing   []Missing
}

// otherJob is a peer's way of doing one workload, or a reference.
type otherJob struct {
	peers.Work
	time   func(runs int) (time.Duration, error)
	values func() ([]float64, error)
	failed error
}

// enter starts the peers on a group. Those that cannot start are missing.
func (g *gym) enter(ctx context.Context, e *Env, group Group, refs []reference) *others {
	o := &others{}
	if g == nil {
		return o
	}
	if g.driver == "cpu" {
		o.jobs = gonumJobs(e, group.Workloads)
	}
	wanted := wantedOf(group, refs)
	for _, p := range g.peers {
		process, err := g.bench.Start(ctx, p, g.number, wanted)
		if err != nil {
			o.missing = append(o.missing, Missing{p.Name, err.Error()})
			continue
		}
		o.processes = append(o.processes, process)
		for i, w := range process.Works {
			o.jobs = append(o.jobs, &otherJob{
				Work:   w,
				time:   func(runs int) (time.Duration, error) { return process.Time(i, runs) },
				values: func() ([]float64, error) { return process.Values(i) },
			})
		}
	}
	return o
}

// wantedOf names the workloads of a group, and its references: these by their limit and, for memory, the length of
// each of three arrays.
func wantedOf(group Group, refs []reference) []peers.Workload {
	var wanted []peers.Workload
	for _, w := range group.Workloads {
		wanted = append(wanted, peers.Workload{Name: w.Name, DType: w.DType})
	}
	for _, ref := range refs {
		switch ref.limit {
		case FMA32, FMA64:
			wanted = append(wanted, peers.Workload{Name: string(ref.limit), DType: "float32"})
		case Streaming:
			const arrays = 3 * 4 // bytes to an element
			w := peers.Workload{Name: fmt.Sprintf("%s/%d", ref.limit, int(ref.bytes/arrays)), DType: "float32"}
			if ref.source == triadSource {
				wanted = append(wanted, w)
			}
		}
	}
	return wanted
}

func (o *others) leave() {
	for _, p := range o.processes {
		p.Close()
	}
}

// contenders are the peers' runs. One that fails goes on failing without taking time.
func (o *others) contenders() []Contender {
	var out []Contender
	for _, j := range o.jobs {
		out = append(out, Contender{Name: j.Workload + " of " + j.Peer, Time: func(ctx context.Context, runs int) (time.Duration, error) {
			if j.failed == nil {
				took, err := j.time(runs)
				if err == nil || ctx.Err() != nil {
					return took, ctx.Err()
				}
				j.failed = err
				o.missing = append(o.missing, Missing{j.Peer, fmt.Sprintf("%s: %v", j.Workload, err)})
			}
			return time.Minute, nil
		}})
	}
	return out
}

// beside are the peers of one workload. times are those of all jobs.
func (o *others) beside(workload string, job *Job, quern Stats, times []Stats) []Beside {
	var out []Beside
	for i, j := range o.jobs {
		if j.Workload != workload || j.failed != nil {
			continue
		}
		out = append(out, Beside{Peer: j.Peer, Time: times[i], Ratio: NewRatio(times[i], quern), Differs: j.differs(job)})
	}
	return out
}

// differs compares some elements of the peer's result with those of the job's last run.
func (j *otherJob) differs(job *Job) string {
	if job.Values == nil || j.values == nil {
		return ""
	}
	want := job.Values()
	got, err := j.values()
	switch {
	case err != nil:
		return err.Error()
	case got == nil:
		return ""
	case len(got) != len(want):
		return fmt.Sprintf("%d elements, expected %d", len(got), len(want))
	}
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	largest := 0.0
	for _, v := range want {
		if finite(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	const tolerance = 1e-3 // of the largest: sums in float32 differ by much more than one rounding
	for i, v := range got {
		if !(math.Abs(v-want[i]) <= tolerance*largest) && (finite(v) || finite(want[i])) {
			return fmt.Sprintf("%.6g, expected %.6g", v, want[i])
		}
	}
	return ""
}

// peaks are the references that peers ran.
func (o *others) peaks(group string, times []Stats) []Peak {
	var out []Peak
	for i, j := range o.jobs {
		if j.failed == nil && j.Bytes+j.Flops > 0 {
			limit, _, _ := strings.Cut(j.Workload, "/")
			out = append(out, reference{limit: Limit(limit), source: j.Peer, bytes: j.Bytes, flops: j.Flops}.peak(group, times[i]))
		}
	}
	return out
}

// addMissing keeps one reason of each peer.
func (r *Run) addMissing(list []Missing) {
	for _, m := range list {
		if !slices.ContainsFunc(r.Missing, func(known Missing) bool { return known == m }) {
			r.Missing = append(r.Missing, m)
		}
	}
}
