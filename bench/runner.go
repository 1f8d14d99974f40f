package bench

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops"
)

// Runner measures groups of workloads on one device.
type Runner struct {
	Device Device
	Effort Effort
	// Precision, if not exact, is what products and distances of float32 may be computed with.
	Precision kernels.Precision
	// Peers asks for those of package peers, which are measured in turn with Quern, on a CPU or an NVIDIA GPU; those
	// that are not installed are said to be missing.
	Peers bool
	// Progress, if not nil, is called when a group begins and after each of its samples. Both numbers count
	// groups; done is fractional.
	Progress func(group string, done float64, total int)
}

// Run measures every workload and checks every result; a wrong one is an error.
func (r *Runner) Run(ctx context.Context, groups []Group) (*Run, error) {
	run := &Run{Device: r.Device}
	gym, err := r.newGym()
	if err != nil {
		return nil, fmt.Errorf("benchmark: %w", err)
	}
	defer gym.close()
	if r.Peers && gym == nil {
		run.Missing = []Missing{{"every peer", "they work on a CPU, or on a GPU through CUDA (--device cuda:0)"}}
	}
	for i, g := range groups {
		err := r.group(ctx, g, run, gym, func(part float64) {
			if r.Progress != nil {
				r.Progress(g.Name, float64(i)+part, len(groups))
			}
		})
		if err != nil {
			return nil, fmt.Errorf("benchmark: %w", err)
		}
		debug.FreeOSMemory()
	}
	return run, nil
}

// group measures the workloads of a group and the references beside them.
func (r *Runner) group(ctx context.Context, g Group, run *Run, gym *gym, progress func(part float64)) error {
	progress(0)
	e := &Env{Options: []ops.Option{ops.On(r.Device.Selector)}, Selector: r.Device.Selector, Threads: r.Device.Threads, Precision: r.Precision}
	if r.Precision != kernels.Exact {
		e.Options = append(e.Options, ops.Fast(r.Precision))
	}
	jobs, err := setup(ctx, e, g.Workloads)
	defer closeAll(jobs)
	if err != nil {
		return err
	}
	refs, err := r.references(ctx, e, g.Workloads)
	defer closeReferences(refs)
	if err != nil {
		return err
	}
	var contenders []Contender
	for i, j := range jobs {
		contenders = append(contenders, Contender{Name: g.Workloads[i].Name, Run: j.Run})
	}
	for _, ref := range refs {
		contenders = append(contenders, Contender{Name: ref.source, Run: ref.run})
	}
	others := gym.enter(ctx, e, g, refs)
	defer others.leave()
	contenders = append(contenders, others.contenders()...)
	samples, expected := 0, len(contenders)*r.Effort.Samples
	stats, err := Measure(ctx, contenders, r.Effort, func() {
		samples++
		progress(min(1, float64(samples)/float64(expected)))
	})
	if err != nil {
		return err
	}
	var peaks []Peak
	for i, ref := range refs {
		peaks = append(peaks, ref.peak(g.Name, stats[len(jobs)+i]))
	}
	theirs := stats[len(jobs)+len(refs):]
	peaks = append(peaks, others.peaks(g.Name, theirs)...)
	run.Peaks = append(run.Peaks, peaks...)
	for i, j := range jobs {
		w := g.Workloads[i]
		if err := j.Check(ctx); err != nil {
			return fmt.Errorf("check %s: %w", w.Name, err)
		}
		planned, err := e.countPlan(j)
		if err != nil {
			return fmt.Errorf("plan %s: %w", w.Name, err)
		}
		result := newResult(g.Name, w, planned, stats[i], peaks, r.Device.Driver)
		result.mark(j)
		result.Peers = others.beside(w.Name, j, stats[i], theirs)
		run.Results = append(run.Results, result)
	}
	run.addMissing(others.missing)
	progress(1)
	return nil
}

// references lists what to measure beside workloads that have been set up.
func (r *Runner) references(ctx context.Context, e *Env, workloads []Workload) ([]reference, error) {
	switch {
	case r.Device.Driver == "cpu":
		return references(ctx, e, workloads)
	case e.arena != nil:
		return residentReferences(ctx, e, workloads)
	}
	return nil, nil
}

func closeReferences(refs []reference) {
	for _, ref := range refs {
		if ref.close != nil {
			ref.close()
		}
	}
}

// setup makes the jobs of workloads; after an error, of those before it.
func setup(ctx context.Context, e *Env, workloads []Workload) ([]*Job, error) {
	var jobs []*Job
	for _, w := range workloads {
		j, err := w.Setup(ctx, e)
		if err != nil {
			return jobs, fmt.Errorf("set up %s: %w", w.Name, err)
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

func closeAll(jobs []*Job) {
	for _, j := range jobs {
		if j.Close != nil {
			j.Close()
		}
	}
}
