package cublas

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/dl"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		goos   string
		driver int
		want   []string
	}{
		{"linux", 12040, []string{"libcublas.so.12", "/usr/local/cuda/lib64/libcublas.so.12", "libcublas.so.11", "/usr/local/cuda/lib64/libcublas.so.11"}},
		{"windows", 13000, []string{"cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"}},
		{"linux", 10020, nil},
		{"darwin", 12040, nil},
	} {
		if got := Names(c.goos, c.driver); !slices.Equal(got, c.want) {
			t.Errorf("%s, driver %d: %q, expected %q", c.goos, c.driver, got, c.want)
		}
	}
}

// TestOpen opens the machine's library, if there is one: otherwise the error says what
// was tried.
func TestOpen(t *testing.T) {
	l, err := Open(13000)
	if err != nil {
		if names := Names(runtime.GOOS, 13000); names != nil && !errors.Is(err, dl.ErrUnavailable) && !strings.Contains(err.Error(), names[0]) {
			t.Errorf("the error does not name the library: %v", err)
		}
		t.Skipf("no cuBLAS: %v", err)
	}
	if l.Library() == "" {
		t.Error("no name")
	}
}

func TestAnotherLibrary(t *testing.T) {
	lib, err := dl.Open("libc.so.6", "libSystem.B.dylib", "kernel32.dll")
	if err != nil {
		t.Skipf("no library to open: %v", err)
	}
	if _, err := newLibrary(lib); err == nil || !strings.Contains(err.Error(), "cublasSgemm_v2") {
		t.Errorf("a library that is no cuBLAS: %v", err)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err   *Error
		text  string
		sated bool
	}{
		{&Error{"cublasCreate_v2", 3}, "cublasCreate_v2: CUBLAS_STATUS_ALLOC_FAILED (3)", true},
		{&Error{"cublasSgemm_v2", 13}, "cublasSgemm_v2: CUBLAS_STATUS_EXECUTION_FAILED (13)", false},
		{&Error{"cublasSgemm_v2", 99}, "cublasSgemm_v2: unknown status (99)", false},
	} {
		if c.err.Error() != c.text || errors.Is(c.err, device.ErrOutOfMemory) != c.sated {
			t.Errorf("%q, out of memory %v; expected %q, %v", c.err, !c.sated, c.text, c.sated)
		}
	}
}

// TestSgemmPasses14Arguments calls a C function that gives 0 where the first argument
// is, and leaves the arguments to be looked at.
func TestSgemmPasses14Arguments(t *testing.T) {
	lib, err := dl.Open("libc.so.6", "libSystem.B.dylib")
	if err != nil {
		t.Skipf("no C library to open: %v", err)
	}
	abs, err := lib.Symbol("abs")
	if err != nil {
		t.Fatal(err)
	}
	l := &library{addresses: map[string]uintptr{"cublasSgemm_v2": abs}}
	g := &Gemm{M: 2, N: 3, K: 4, A: 1 << 40, B: 2 << 40, C: 3 << 40, LDA: 5, LDB: 6, LDC: 7, TransB: true}
	if err := l.Sgemm(0, g); err != nil {
		t.Fatal(err)
	}
	want := []uintptr{0, 0, 1, 2, 3, 4, 0, 1 << 40, 5, 2 << 40, 6, 0, 3 << 40, 7}
	got := slices.Clone(g.words[:])
	got[6], got[11] = 0, 0 // addresses of 1 and 0
	if !slices.Equal(got, want) || g.factors != [2]float32{1, 0} {
		t.Errorf("arguments %v, factors %v; expected %v", got, g.factors, want)
	}
	if n := testing.AllocsPerRun(100, func() { _ = l.Sgemm(0, g) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
