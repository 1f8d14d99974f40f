package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/quern-go/quern/ops"
)

const (
	// progressSteps is the resolution of the progress bar.
	progressSteps = 1000
	// progressAfter is how long work has taken before its share is shown.
	progressAfter = time.Second
)

// progress is a bar on standard error, or nothing if that is not a terminal.
type progress struct{ bar *progressbar.ProgressBar }

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	return &progress{progressbar.NewOptions(progressSteps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionClearOnFinish())}
}

// at shows what is being done and which share of everything is done already.
// Errors of the bar do not matter: it is only decoration.
func (p *progress) at(what string, done, total float64) {
	if p.bar != nil {
		p.bar.Describe(what)
		_ = p.bar.Set(min(progressSteps-1, int(progressSteps*done/total)))
	}
}

// options make a simulation of a number of units show its progress, with the rate
// and the time left, once it has taken a second.
func (p *progress) options(total float64, unit string) []ops.Option {
	if p.bar == nil {
		return nil
	}
	start := time.Now()
	return []ops.Option{ops.OnProgress(func(share float64) {
		if elapsed := time.Since(start); elapsed >= progressAfter {
			p.at(progressText(share, total, unit, elapsed), share, 1)
		}
	})}
}

// progressText is the rate and the time left, such as "1.2 G samples/s, 8 s left".
func progressText(share, total float64, unit string, elapsed time.Duration) string {
	if share <= 0 {
		return ""
	}
	left := time.Duration(float64(elapsed) * (1 - share) / share).Round(time.Second)
	return fmt.Sprintf("%s%s/s, %s left", showCount(share*total/elapsed.Seconds()), unit, left)
}

// clear removes the bar from the terminal.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
