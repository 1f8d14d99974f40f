package bench

// Ratio compares two series of samples that were taken in turn.
type Ratio struct {
	OfMedians float64  `json:"of_medians"`
	OfBest    float64  `json:"of_best"`
	CI95Low   *float64 `json:"ci95_low"` // of the ratio of medians; null where one of theirs is
	CI95High  *float64 `json:"ci95_high"`
}

// NewRatio divides the times of a by those of b. The interval is conservative: it divides the ends of both medians'
// intervals.
func NewRatio(a, b Stats) Ratio {
	r := Ratio{OfMedians: a.MedianSeconds / b.MedianSeconds, OfBest: a.MinSeconds / b.MinSeconds}
	if a.CI95Low != nil && b.CI95Low != nil {
		r.CI95Low, r.CI95High = new(*a.CI95Low / *b.CI95High), new(*a.CI95High / *b.CI95Low)
	}
	return r
}

// beyond reports whether the ratio is above 1 by more than a threshold and by more than chance explains: not without
// intervals, which need 6 samples.
func (r Ratio) beyond(threshold float64) bool {
	return r.OfMedians > 1+threshold && r.CI95Low != nil && *r.CI95Low > 1
}
