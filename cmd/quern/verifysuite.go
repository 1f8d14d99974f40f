package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/devicetest"
)

// verdict is what the suite finds about one device.
type verdict struct {
	Device   string        `json:"device"`
	Name     string        `json:"name"`
	Platform string        `json:"platform"`
	Quick    bool          `json:"quick"`
	Passed   bool          `json:"passed"`
	Seconds  float64       `json:"elapsed_seconds"`
	Kernels  int           `json:"kernels"`
	Launches int           `json:"launches"`
	Values   int           `json:"values_compared"`
	Groups   []verifyGroup `json:"groups"`
	Failures []finding     `json:"failures"`
	Skipped  []finding     `json:"skipped"`
}

// verifyGroup is one part of the suite.
type verifyGroup struct {
	Name     string  `json:"name"`
	Passed   bool    `json:"passed"`
	Seconds  float64 `json:"elapsed_seconds"`
	Checks   int     `json:"checks"`
	Skipped  int     `json:"skipped"`
	Kernels  int     `json:"kernels"`
	Launches int     `json:"launches"`
	Values   int     `json:"values_compared"`
}

// finding is a failure, or a reason for which some checks were skipped.
type finding struct {
	Check   string `json:"check"` // the first that it was found by
	Message string `json:"message"`
	Count   int    `json:"count"`
}

// verifySteps is about how many groups the suite has.
const verifySteps = 14

// runSuite verifies a device, number i of n, and closes it. An error is that of the
// context.
func runSuite(ctx context.Context, a *app, suite *devicetest.Suite, c candidate, dev device.Device, i, n float64) (*verdict, error) {
	info := dev.Info()
	v := &verdict{
		Device: c.selector, Name: info.Name, Platform: info.Platform, Quick: c.effort == devicetest.Short,
		Passed: true, Failures: []finding{}, Skipped: []finding{},
	}
	bar := a.newProgress(c.selector)
	defer bar.clear()
	t := &check{ctx: ctx, verdict: v, suite: suite, began: func(group string, number int) {
		bar.at(c.selector+" "+group, (i+float64(number)/verifySteps)/n)
	}}
	begin := time.Now()
	suite.Run(t, dev, c.effort)
	v.Seconds = time.Since(begin).Seconds()
	tally := suite.Tally()
	v.Kernels, v.Launches, v.Values = tally.Kernels, tally.Launches, tally.Values
	if err := ctx.Err(); err != nil {
		_ = dev.Close() // the suite does not close it if it ends early; closing twice is harmless
		return nil, err
	}
	return v, nil
}

// check is a devicetest.T that fills a verdict.
type check struct {
	ctx     context.Context
	verdict *verdict
	suite   *devicetest.Suite
	began   func(group string, number int)

	name   string       // of the check, with those around it
	group  *verifyGroup // in which it is
	failed bool
}

var _ devicetest.T = (*check)(nil)

// Run runs a check on a goroutine of its own, which Fatalf and Skipf end. When the
// context ends, no more of them begin.
func (t *check) Run(name string, f func(devicetest.T)) bool {
	if t.ctx.Err() != nil {
		return false
	}
	if t.group == nil {
		return t.runGroup(name, f)
	}
	sub := *t
	sub.name, sub.failed = t.name+"/"+name, false
	t.group.Checks++
	sub.run(f)
	t.failed = t.failed || sub.failed
	return !sub.failed
}

// runGroup runs a part of the suite and tells what it did.
func (t *check) runGroup(name string, f func(devicetest.T)) bool {
	t.began(name, len(t.verdict.Groups))
	begin, before := time.Now(), t.suite.Tally()
	sub := *t
	sub.name, sub.group = name, &verifyGroup{Name: name}
	sub.run(f)
	g, after := sub.group, t.suite.Tally()
	g.Passed, g.Seconds = !sub.failed, time.Since(begin).Seconds()
	g.Kernels, g.Launches, g.Values = after.Kernels-before.Kernels, after.Launches-before.Launches, after.Values-before.Values
	t.verdict.Groups = append(t.verdict.Groups, *g)
	t.verdict.Passed = t.verdict.Passed && g.Passed
	return g.Passed
}

// run calls f, which may end its goroutine or panic.
func (t *check) run(f func(devicetest.T)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		f(t)
	}()
	<-done
}

// Context is the command's.
func (t *check) Context() context.Context { return t.ctx }

// Helper does nothing: no lines are printed.
func (t *check) Helper() {}

// Errorf notes a failure; those that the end of the context causes are none.
func (t *check) Errorf(format string, args ...any) {
	if t.ctx.Err() == nil {
		t.failed = true
		note(&t.verdict.Failures, t.name, fmt.Sprintf(format, args...))
	}
}

// Fatalf notes a failure and ends the check.
func (t *check) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

// Skipf notes why the check is skipped and ends it.
func (t *check) Skipf(format string, args ...any) {
	t.group.Skipped++
	note(&t.verdict.Skipped, t.name, fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// maxFindings bounds the findings kept.
const maxFindings = 20

// note adds a finding; equal ones are counted.
func note(list *[]finding, check, message string) {
	message = strings.TrimSpace(message)
	for i := range *list {
		if (*list)[i].Message == message {
			(*list)[i].Count++
			return
		}
	}
	if len(*list) < maxFindings {
		*list = append(*list, finding{check, message, 1})
	}
}
