package nvml

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/quern-go/quern/internal/dl"
)

// TestOpen opens the machine's library, if there is one: otherwise the error says
// what was tried.
func TestOpen(t *testing.T) {
	l, err := Open()
	if err != nil {
		if list := names(runtime.GOOS); !errors.Is(err, dl.ErrUnavailable) && list != nil && !strings.Contains(err.Error(), "nv") {
			t.Errorf("the error does not name the library: %v", err)
		}
		t.Skipf("no NVML: %v", err)
	}
	if l.Driver() == "" {
		t.Error("no driver version")
	}
	if _, err := l.Read("GPU-00000000-0000-0000-0000-000000000000"); err == nil {
		t.Error("a device that does not exist was read")
	}
}
