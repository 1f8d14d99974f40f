package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/ops"
)

const (
	// progressInterval is the time between two looks at the progress.
	progressInterval = 200 * time.Millisecond
	// progressSteps is the resolution of the bar.
	progressSteps = 1000
)

// progress shows how far the work of a command is, once that has taken a second: a bar
// on standard error, if that is a terminal and nothing is to be read by a program.
type progress struct {
	bar      *progressbar.ProgressBar // nil: nothing is shown
	begin    time.Time
	patience time.Duration
	stop     chan struct{}
	stopped  sync.WaitGroup

	mu    sync.Mutex
	what  string
	share float64
	look  func() // brings these up to date; nil: whoever does the work tells them by at
}

// newProgress begins to show progress, until clear.
func (a *app) newProgress(what string) *progress {
	p := &progress{begin: time.Now(), patience: cmp.Or(a.patience, time.Second), stop: make(chan struct{}), what: what}
	f, ok := a.err.(*os.File)
	if !ok || a.json || !term.IsTerminal(int(f.Fd())) {
		return p
	}
	p.bar = progressbar.NewOptions(progressSteps,
		progressbar.OptionSetWriter(f),
		progressbar.OptionSetWidth(20),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionClearOnFinish())
	p.stopped.Go(p.show)
	return p
}

// show keeps the bar up to date. Errors of the bar do not matter: it is only decoration.
func (p *progress) show() {
	clock := time.NewTicker(progressInterval)
	defer clock.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-clock.C:
		}
		elapsed := time.Since(p.begin)
		if elapsed < p.patience {
			continue
		}
		p.mu.Lock()
		if p.look != nil {
			p.look()
		}
		what, share := p.what, p.share
		p.mu.Unlock()
		p.bar.Describe(what + timeLeft(share, elapsed))
		_ = p.bar.Set(min(progressSteps-1, int(progressSteps*share)))
	}
}

// at says what is being done, and which share of everything has been.
func (p *progress) at(what string, share float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.share = what, share
}

// measure is the context of work of so many units, or of 0 if that is not known, that fills
// a meter: its progress and rate are shown after what is being done.
func (p *progress) measure(ctx context.Context, amount float64, unit string) context.Context {
	if p.bar == nil {
		return ctx
	}
	m := new(meter.Meter)
	p.mu.Lock()
	defer p.mu.Unlock()
	what := p.what
	p.look = func() {
		p.share = m.Share()
		if done := p.share * amount; done > 0 {
			p.what = what + ", " + rate(done, unit, time.Since(p.begin))
		}
	}
	return meter.With(ctx, m)
}

// options have an evaluation of so many units show its progress and their rate.
func (p *progress) options(amount float64, unit string) []ops.Option {
	return p.partOptions(0, 1, amount, unit)
}

// partOptions are the options of an evaluation that is the part of the work from one
// share to another; amount is that of the whole.
func (p *progress) partOptions(from, to, amount float64, unit string) []ops.Option {
	if p.bar == nil {
		return nil
	}
	return []ops.Option{ops.OnProgress(func(share float64) {
		share = from + share*(to-from)
		p.at(rate(share*amount, unit, time.Since(p.begin)), share)
	})}
}

// rate is how fast it goes, such as "1.2 Gsamples/s".
func rate(amount float64, unit string, elapsed time.Duration) string {
	return showCount(amount/elapsed.Seconds()) + unit + "/s"
}

// timeLeft is about how long the work takes from now on, such as ", 8s left"; nothing
// where that is not known.
func timeLeft(share float64, elapsed time.Duration) string {
	if share <= 0 {
		return ""
	}
	left := time.Duration(float64(elapsed) * (1 - share) / share)
	return fmt.Sprintf(", %s left", left.Round(time.Second))
}

// clear removes the bar from the terminal. Once more does nothing.
func (p *progress) clear() {
	if p.bar != nil {
		close(p.stop)
		p.stopped.Wait()
		if p.bar.IsStarted() {
			_ = p.bar.Finish()
		}
		p.bar = nil
	}
}
