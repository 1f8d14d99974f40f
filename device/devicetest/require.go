package devicetest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// EnvRequire is the environment variable that lists, with commas between, what a
// machine is known to have, such as "opencl": there a test that lacks it fails
// instead of being skipped.
const EnvRequire = "QUERN_REQUIRE"

// Required reports whether EnvRequire lists the name.
func Required(name string) bool {
	return slices.ContainsFunc(strings.Split(os.Getenv(EnvRequire), ","), func(s string) bool {
		return strings.TrimSpace(s) == name
	})
}

// Require skips the test with the reason why something is not there, or, where it
// is required, fails it. A nil reason means that it is there.
func Require(t testing.TB, name string, reason error) {
	t.Helper()
	switch {
	case reason == nil:
	case Required(name):
		t.Fatalf("%s lists %s: %v", EnvRequire, name, reason)
	default:
		t.Skipf("no %s: %v", name, reason)
	}
}
