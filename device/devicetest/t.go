package devicetest

import (
	"context"
	"os"
	"testing"
)

// T is what the suite asks of a test: the part of *testing.T that it uses. A
// program may implement it to run the suite outside of go test.
type T interface {
	// Run runs a sub-test and reports whether it passed.
	Run(name string, f func(T)) bool
	Helper()
	Errorf(format string, args ...any)
	// Fatalf and Skipf end the calling sub-test.
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
	Context() context.Context
}

// testingT makes a T of a *testing.T.
type testingT struct{ *testing.T }

func (t testingT) Run(name string, f func(T)) bool {
	return t.T.Run(name, func(sub *testing.T) { f(testingT{sub}) })
}

// Effort is how much of the suite runs.
type Effort int

// The efforts: a smoke test, the default, and everything.
const (
	Short Effort = iota
	Normal
	Long
)

// testEffort is the effort that go test's flags and the environment ask for.
func testEffort() Effort {
	switch {
	case os.Getenv("QUERN_LONG") == "1":
		return Long
	case testing.Short():
		return Short
	}
	return Normal
}

// pick is one of three values, by effort.
func pick[V any](e Effort, short, normal, long V) V {
	return [...]V{short, normal, long}[e]
}
