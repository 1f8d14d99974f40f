package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/ops"
)

// piReport is the JSON of quern pi.
type piReport struct {
	SchemaVersion    int     `json:"schema_version"`
	Value            number  `json:"value"`
	StandardError    number  `json:"standard_error"`
	Error            number  `json:"error"`
	Samples          int     `json:"samples"`
	Seed             uint64  `json:"seed"`
	DType            string  `json:"dtype"`
	Shape            []int   `json:"shape"`
	Device           string  `json:"device"`
	ElapsedSeconds   float64 `json:"elapsed_seconds"`
	SamplesPerSecond number  `json:"samples_per_second"`
	Low              number  `json:"low"`
	High             number  `json:"high"`
	Confidence       float64 `json:"confidence"`
	Explain          string  `json:"explain,omitempty"`
}

func newPi(a *app) *cobra.Command {
	var samples string
	var f simulateFlags
	cmd := &cobra.Command{
		Use:     "pi",
		Short:   "Estimate π by throwing points at a quarter circle",
		Example: "  quern pi --samples 1e9 --seed 42",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := parseCount(samples)
			if err != nil {
				return usagef(cmd, "--samples: %w", err)
			}
			if err := f.check(); err != nil {
				return usagef(cmd, "%w", err)
			}
			return runPi(cmd, a, f, n)
		},
	}
	cmd.Flags().StringVarP(&samples, "samples", "n", "1e8", "number of points, such as 1e9")
	f.add(cmd)
	return cmd
}

// parseCount reads a positive whole number, also in the form 1e9.
func parseCount(s string) (int, error) {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return n, nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || x != math.Trunc(x) || x < 1 || x > 1<<53 {
		return 0, fmt.Errorf("%q is not a whole number from 1 to 2^53", s)
	}
	return int(x), nil
}

func runPi(cmd *cobra.Command, a *app, f simulateFlags, samples int) error {
	var est ops.Estimate
	s, err := a.simulate(&f, samples, "samples", func(opts []ops.Option) (err error) {
		est, err = ops.MonteCarloPi(cmd.Context(), samples, f.seed, opts...)
		return err
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(piReport{SchemaVersion: schemaVersion, Value: number(est.Mean), StandardError: number(est.StdErr),
			Error: number(est.Mean - math.Pi), Samples: est.Samples, Seed: f.seed, DType: "float64", Shape: []int{},
			Device: s.device, ElapsedSeconds: s.elapsed.Seconds(), SamplesPerSecond: number(float64(samples) / s.elapsed.Seconds()),
			Low: number(est.Low), High: number(est.High), Confidence: est.Confidence, Explain: s.plans.String()})
	}
	_, err = fmt.Fprintf(a.out, "%spi ≈ %.9f ± %.1g (standard error), off by %+.2g\n%d samples, seed %d, on %s in %s: %.3g samples/s\n",
		s.plans.lead(), est.Mean, est.StdErr, est.Mean-math.Pi, samples, f.seed, s.device, showDuration(s.elapsed), float64(samples)/s.elapsed.Seconds())
	return err
}
