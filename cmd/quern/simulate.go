package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/ops"
)

// simulateFlags are those of every command that draws random numbers.
type simulateFlags struct {
	seed       uint64
	confidence float64
	explain    bool
}

func (f *simulateFlags) add(cmd *cobra.Command) {
	cmd.Flags().Uint64Var(&f.seed, "seed", 42, "seed of the random numbers: the same seed gives the same digits everywhere")
	cmd.Flags().Float64Var(&f.confidence, "confidence", 0.95, "probability that the interval holds the true value")
	cmd.Flags().BoolVar(&f.explain, "explain", false, "print the plans: kernels, device, bytes, flops, time")
}

// check refuses values that no simulation takes.
func (f *simulateFlags) check() error {
	if !(f.confidence > 0 && f.confidence < 1) {
		return fmt.Errorf("--confidence %v: expected a number between 0 and 1", f.confidence)
	}
	return nil
}

// plans collects the different plans of the evaluations of a command.
type plans struct{ texts []string }

// options are those that the flags ask for.
func (f *simulateFlags) options(p *plans) []ops.Option {
	opts := []ops.Option{ops.WithConfidence(f.confidence)}
	if f.explain {
		opts = append(opts, p.collect())
	}
	return opts
}

// collect has an evaluation add its plan, unless there is such a one.
func (p *plans) collect() ops.Option {
	return ops.OnPlan(func(plan *ops.Plan) {
		if text := plan.String(); !slices.Contains(p.texts, text) {
			p.texts = append(p.texts, text)
		}
	})
}

// simulated is how a simulation went.
type simulated struct {
	plans   plans
	device  string
	elapsed time.Duration
}

// simulate runs a simulation of so many samples, or whatever the unit is called, with
// a progress bar and the options that the flags ask for.
func (a *app) simulate(f *simulateFlags, samples int, unit string, run func(opts []ops.Option) error) (s *simulated, err error) {
	s = new(simulated)
	if s.device, err = ops.DeviceName(a.options()...); err != nil {
		return nil, err
	}
	bar := a.newProgress("simulate")
	defer bar.clear()
	start := time.Now()
	if err := run(slices.Concat(a.options(), f.options(&s.plans), bar.options(float64(samples), unit))); err != nil {
		return nil, err
	}
	s.elapsed = time.Since(start)
	return s, nil
}

func (p *plans) String() string { return strings.Join(p.texts, "\n") }

// lead is the plans before a result in text.
func (p *plans) lead() string {
	if len(p.texts) == 0 {
		return ""
	}
	return p.String() + "\n"
}

// estimateReport is the JSON of what every estimate has.
type estimateReport struct {
	SchemaVersion  int     `json:"schema_version"`
	Value          number  `json:"value"`
	StandardError  number  `json:"standard_error"`
	Low            number  `json:"low"`
	High           number  `json:"high"`
	Confidence     float64 `json:"confidence"`
	Samples        int     `json:"samples"`
	Method         string  `json:"method"`
	Seed           uint64  `json:"seed"`
	DType          string  `json:"dtype"`
	Shape          []int   `json:"shape"`
	Device         string  `json:"device"`
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	Explain        string  `json:"explain,omitempty"`
}
