package dl

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

func TestOpenNamesEveryAttempt(t *testing.T) {
	_, err := Open("libquern-no-such-1.so", "libquern-no-such-2.so")
	if err == nil {
		t.Fatal("a library that does not exist opened")
	}
	var missing *NotFoundError
	if !errors.As(err, &missing) || len(missing.Attempts) != 2 {
		t.Fatalf("error %v does not hold both attempts", err)
	}
	if errors.Is(err, ErrUnavailable) {
		return // a build without a loader has one reason for all
	}
	for _, name := range []string{"libquern-no-such-1.so", "libquern-no-such-2.so"} {
		if strings.Count(err.Error(), name) == 0 {
			t.Errorf("error %q does not name %s", err, name)
		}
	}
}

func TestOpenWithoutNames(t *testing.T) {
	if _, err := Open(); err == nil {
		t.Fatal("opening nothing gave no error")
	}
}

// The C library is there on every Linux system on which a dynamic Go program
// starts at all.
func TestSymbols(t *testing.T) {
	lib, err := Open("libc.so.6", "libSystem.B.dylib", "kernel32.dll")
	if err != nil {
		t.Skipf("no C library to open on %s: %v", runtime.GOOS, err)
	}
	name := "getpid"
	if runtime.GOOS == "windows" {
		name = "GetCurrentProcessId"
	}
	if addr, err := lib.Symbol(name); err != nil || addr == 0 {
		t.Errorf("symbol %s: %#x, %v", name, addr, err)
	}
	if _, err := lib.Symbol("quern_no_such_symbol"); err == nil || !strings.Contains(err.Error(), "quern_no_such_symbol") {
		t.Errorf("missing symbol: error %v", err)
	}
	for range 2 {
		if err := lib.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}
