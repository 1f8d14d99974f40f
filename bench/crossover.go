package bench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// curve is the time of one kind of workload over its size.
type curve map[float64]float64

// crossovers plots, for each kind of workload measured at several sizes, where another device overtakes the CPU.
func (r *Report) crossovers() []figure {
	cpu := r.cpuRun()
	if cpu == nil {
		return nil
	}
	kinds, curves := cpu.curves()
	var out []figure
	for i := range r.Runs {
		other := &r.Runs[i]
		if other.Device.Driver == "cpu" {
			continue
		}
		_, theirs := other.curves()
		for _, kind := range kinds {
			if sizes := common(curves[kind], theirs[kind]); len(sizes) > 1 {
				out = append(out, crossover(kind, cpu.Device, other.Device, sizes, curves[kind], theirs[kind]))
			}
		}
	}
	return out
}

// cpuRun is the CPU's run with most threads; nil if there is none.
func (r *Report) cpuRun() *Run {
	var best *Run
	for i := range r.Runs {
		if run := &r.Runs[i]; run.Device.Driver == "cpu" && (best == nil || run.Device.Threads > best.Device.Threads) {
			best = run
		}
	}
	return best
}

// curves are the workloads whose names differ in their size only; kinds in the order of the run.
func (r *Run) curves() (kinds []string, curves map[string]curve) {
	curves = make(map[string]curve)
	for _, res := range r.Results {
		kind, size, _ := strings.Cut(res.Name, "/")
		n, err := strconv.ParseFloat(size, 64)
		if err != nil {
			continue
		}
		if curves[kind] == nil {
			curves[kind] = make(curve)
			kinds = append(kinds, kind)
		}
		curves[kind][n] = res.Time.MedianSeconds
	}
	return kinds, curves
}

func common(a, b curve) []float64 {
	var sizes []float64
	for n := range a {
		if _, ok := b[n]; ok {
			sizes = append(sizes, n)
		}
	}
	slices.Sort(sizes)
	return sizes
}

func crossover(kind string, cpu, other Device, sizes []float64, a, b curve) figure {
	var first, second []point
	for _, n := range sizes {
		first, second = append(first, point{n, a[n]}), append(second, point{n, b[n]})
	}
	p := newPlot("size of "+kind, "seconds", append(first[:len(first):len(first)], second...))
	p.line("cpu", cpu.Selector, first...)
	p.line("other", other.Selector, second...)
	for i, n := range sizes {
		p.dot("cpu", fmt.Sprintf("%s/%s on %s: %s", kind, sizeName(int(n)), cpu.Selector, engineering(first[i].y, "s")), first[i])
		p.dot("other", fmt.Sprintf("%s/%s on %s: %s", kind, sizeName(int(n)), other.Selector, engineering(second[i].y, "s")), second[i])
	}
	return figure{Title: fmt.Sprintf("%s: %s and %s", kind, cpu.Selector, other.Selector), Caption: overtakes(other.Selector, sizes, a, b), plot: p}
}

// overtakes says from which size on the other device is faster, with transfers; between two sizes measured, times are
// taken to follow a power of the size.
func overtakes(name string, sizes []float64, cpu, other curve) string {
	last := len(sizes) - 1
	lead := func(i int) float64 { return math.Log(cpu[sizes[i]] / other[sizes[i]]) } // above 0 the other is faster
	if lead(last) <= 0 {
		return fmt.Sprintf("The CPU is faster than %s up to the largest size measured.", name)
	}
	i := last
	for i > 0 && lead(i-1) > 0 {
		i--
	}
	if i == 0 {
		return fmt.Sprintf("%s is faster at every size measured.", name)
	}
	share := -lead(i-1) / (lead(i) - lead(i-1))
	at := sizes[i-1] * math.Pow(sizes[i]/sizes[i-1], share)
	return fmt.Sprintf("%s is faster from a size of about %s on.", name, engineering(at, ""))
}
