package bench

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/quern-go/quern/ops"
)

// Runner measures groups of workloads on one device.
type Runner struct {
	Device Device
	Effort Effort
	// Progress, if not nil, is called when a group begins and after each of its samples. Both numbers count
	// groups; done is fractional.
	Progress func(group string, done float64, total int)
}

// Run measures every workload and checks every result; a wrong one is an error. The report lacks what only the
// program knows: Version, Commit and GoVersion.
func (r *Runner) Run(ctx context.Context, groups []Group) (*Report, error) {
	report := &Report{SchemaVersion: SchemaVersion, Date: now(), Machine: DescribeMachine(), Device: r.Device}
	for i, g := range groups {
		peaks, results, err := r.group(ctx, g, func(part float64) {
			if r.Progress != nil {
				r.Progress(g.Name, float64(i)+part, len(groups))
			}
		})
		if err != nil {
			return nil, fmt.Errorf("benchmark: %w", err)
		}
		report.Peaks = append(report.Peaks, peaks...)
		report.Results = append(report.Results, results...)
		debug.FreeOSMemory()
	}
	return report, nil
}

// group measures the workloads of a group and the references beside them.
func (r *Runner) group(ctx context.Context, g Group, progress func(part float64)) ([]Peak, []Result, error) {
	progress(0)
	e := &Env{Options: []ops.Option{ops.On(r.Device.Selector)}, Selector: r.Device.Selector, Threads: r.Device.Threads}
	jobs, err := setup(ctx, e, g.Workloads)
	defer closeAll(jobs)
	if err != nil {
		return nil, nil, err
	}
	refs, err := r.references(ctx, e, g.Workloads)
	defer closeReferences(refs)
	if err != nil {
		return nil, nil, err
	}
	var contenders []Contender
	for i, j := range jobs {
		contenders = append(contenders, Contender{g.Workloads[i].Name, j.Run})
	}
	for _, ref := range refs {
		contenders = append(contenders, Contender{ref.source, ref.run})
	}
	samples, expected := 0, len(contenders)*r.Effort.Samples
	stats, err := Measure(ctx, contenders, r.Effort, func() {
		samples++
		progress(min(1, float64(samples)/float64(expected)))
	})
	if err != nil {
		return nil, nil, err
	}
	for i, j := range jobs {
		if err := j.Check(ctx); err != nil {
			return nil, nil, fmt.Errorf("check %s: %w", g.Workloads[i].Name, err)
		}
	}
	progress(1)
	var peaks []Peak
	for i, ref := range refs {
		peaks = append(peaks, ref.peak(g.Name, stats[len(jobs)+i]))
	}
	var results []Result
	for i, w := range g.Workloads {
		results = append(results, newResult(g.Name, w, stats[i], peaks, r.Device.Driver))
	}
	return peaks, results, nil
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
