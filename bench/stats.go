package bench

import (
	"math"
	"slices"
)

// Stats sums up the times of one run of a workload, in seconds.
type Stats struct {
	Samples       int       `json:"samples"`
	RunsPerSample int       `json:"runs_per_sample"` // a sample is the mean of so many runs
	MedianSeconds float64   `json:"median_seconds"`
	MinSeconds    float64   `json:"min_seconds"`
	MADSeconds    float64   `json:"mad_seconds"`       // median absolute deviation from the median
	CI95Low       *float64  `json:"ci95_low_seconds"`  // of the median; null with fewer than 6 samples
	CI95High      *float64  `json:"ci95_high_seconds"` // likewise
	All           []float64 `json:"samples_seconds"`   // in the order taken
}

// Summarise computes the statistics of samples in seconds; there must be at least one.
func Summarise(samples []float64, runsPerSample int) Stats {
	sorted := slices.Sorted(slices.Values(samples))
	s := Stats{
		Samples:       len(samples),
		RunsPerSample: runsPerSample,
		MedianSeconds: median(sorted),
		MinSeconds:    sorted[0],
		All:           samples,
	}
	deviations := make([]float64, len(sorted))
	for i, x := range sorted {
		deviations[i] = math.Abs(x - s.MedianSeconds)
	}
	slices.Sort(deviations)
	s.MADSeconds = median(deviations)
	if rank := medianRank(len(sorted)); rank > 0 {
		s.CI95Low, s.CI95High = &sorted[rank-1], &sorted[len(sorted)-rank]
	}
	return s
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// medianRank returns the largest r for which the r-th smallest and the r-th largest of n samples enclose
// the median of their distribution with a probability of at least 95%, or 0. The number of samples below the
// median is binomial(n, ½), so the probability is 1 − 2·P(that number < r), whatever the distribution
// (Conover, Practical Nonparametric Statistics, section 3.2).
func medianRank(n int) int {
	term := math.Pow(0.5, float64(n)) // P(k samples below the median)
	tail, rank := 0.0, 0
	for k := range n {
		if tail += term; tail > 0.025 {
			break
		}
		rank = k + 1
		term *= float64(n-k) / float64(k+1)
	}
	return rank
}
