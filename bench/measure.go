package bench

import (
	"context"
	"fmt"
	"time"
)

// Effort is how much time to spend on a measurement.
type Effort struct {
	Samples    int           // wanted of each contender
	Least      int           // taken even when the budget is spent
	Budget     time.Duration // for the samples of one contender
	Patience   time.Duration // after which three samples of one contender are enough; 0: without end
	SampleTime time.Duration // shorter runs are repeated until a sample takes this long
	Cold       bool          // no warm-up: the first run counts
}

// Contender is one of several pieces of work measured side by side.
type Contender struct {
	Name string
	Run  func(ctx context.Context) error
	// Time, for work that times itself, takes the place of Run: it runs so many times and returns how long that took.
	Time func(ctx context.Context, runs int) (time.Duration, error)
}

// Measure times contenders, in turn. sampled, if not nil, is called after every sample.
func Measure(ctx context.Context, contenders []Contender, effort Effort, sampled func()) ([]Stats, error) {
	return measurer{effort: effort, now: time.Now, sampled: sampled}.measure(ctx, contenders)
}

type measurer struct {
	effort  Effort
	now     func() time.Time // a test has its own clock
	sampled func()
}

// series is what is known of one contender so far.
type series struct {
	Contender
	repeats int
	samples []float64 // seconds of one run
	spent   time.Duration
}

func (m measurer) measure(ctx context.Context, contenders []Contender) ([]Stats, error) {
	all := make([]*series, len(contenders))
	for i, c := range contenders {
		all[i] = &series{Contender: c}
		if err := m.calibrate(ctx, all[i]); err != nil {
			return nil, err
		}
	}
	for round := 0; ; round++ {
		sampled := false
		for i := range all {
			if round%2 == 1 {
				i = len(all) - 1 - i // so that none always comes after the same one
			}
			if m.done(all[i]) {
				continue
			}
			if _, err := m.sample(ctx, all[i], true); err != nil {
				return nil, err
			}
			sampled = true
		}
		if !sampled {
			break
		}
	}
	stats := make([]Stats, len(all))
	for i, s := range all {
		stats[i] = Summarise(s.samples, s.repeats)
	}
	return stats, nil
}

// calibrate runs the contender, to warm it up, and finds how many runs make a sample.
func (m measurer) calibrate(ctx context.Context, s *series) error {
	const most = 1 << 30
	s.repeats = 1
	if !m.effort.Cold {
		if _, err := m.sample(ctx, s, false); err != nil {
			return err
		}
	}
	for {
		took, err := m.sample(ctx, s, false)
		if err != nil {
			return err
		}
		if took >= m.effort.SampleTime || s.repeats >= most {
			if m.effort.Cold {
				m.keep(s, took)
			}
			return nil
		}
		factor := 100.0
		if took > 0 {
			factor = min(factor, 1.2*float64(m.effort.SampleTime)/float64(took))
		}
		s.repeats = min(most, int(float64(s.repeats)*factor)+1)
	}
}

// sample times one sample and returns how long it took in all.
func (m measurer) sample(ctx context.Context, s *series, keep bool) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("measure %s: %w", s.Name, err)
	}
	took, err := m.time(ctx, s)
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", s.Name, err)
	}
	if keep {
		m.keep(s, took)
	}
	return took, nil
}

func (m measurer) time(ctx context.Context, s *series) (time.Duration, error) {
	if s.Time != nil {
		return s.Time(ctx, s.repeats)
	}
	start := m.now()
	for range s.repeats {
		if err := s.Run(ctx); err != nil {
			return 0, err
		}
	}
	return m.now().Sub(start), nil
}

func (m measurer) keep(s *series, took time.Duration) {
	s.samples = append(s.samples, took.Seconds()/float64(s.repeats))
	s.spent += took
	if m.sampled != nil {
		m.sampled()
	}
}

func (m measurer) done(s *series) bool {
	n := len(s.samples)
	const enough = 3
	return n >= max(m.effort.Samples, 1) || n >= max(m.effort.Least, 1) && s.spent >= m.effort.Budget ||
		n >= enough && m.effort.Patience > 0 && s.spent >= m.effort.Patience
}
