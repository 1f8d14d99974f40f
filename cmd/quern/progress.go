package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progressSteps is the resolution of the progress bar.
const progressSteps = 1000

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

// clear removes the bar from the terminal.
func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
