package peers

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// shell is a Bench with a peer that is a script for sh, in the place of a compiled program.
func shell(t *testing.T, script string) (*Bench, Peer) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("runs a script for sh")
	}
	b, err := NewBench("avx2")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := os.WriteFile(filepath.Join(b.dir, "c", "fake"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return b, Peer{Name: "fake", Install: "get fake-package", Driver: "cpu", source: "c/fake.c"}
}

func TestConversation(t *testing.T) {
	b, fake := shell(t, `
echo '{"works": [{"workload": "'$2'", "peer": "fake 1.0", "flops": '$OMP_NUM_THREADS'}]}'
while read command at runs; do
	case $command in
	time) if [ "$runs" = 7 ]; then echo '{"error": "seven"}'; else echo '{"seconds": '$runs'}'; fi ;;
	values) echo '{"values": [1, 2.5, null]}' ;;
	esac
done`)
	p, err := b.Start(t.Context(), fake, 3, []Workload{{"sum/10", "float32"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	want := []Work{{Workload: "sum/10:float32", Peer: "fake 1.0", Flops: 3}}
	if !slices.Equal(p.Works, want) {
		t.Errorf("works %+v, expected %+v", p.Works, want)
	}
	if took, err := p.Time(0, 2); took != 2*time.Second || err != nil {
		t.Errorf("two runs took %v, %v", took, err)
	}
	if _, err := p.Time(0, 7); err == nil || err.Error() != "seven" {
		t.Errorf("an error becomes %v", err)
	}
	if values, err := p.Values(0); err != nil || len(values) != 3 || values[1] != 2.5 || !math.IsNaN(values[2]) {
		t.Errorf("values %v, %v", values, err)
	}
}

func TestMissingPeers(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"says so", `echo '{"missing": "no module"}'`, "no module (get fake-package)"},
		{"ends", "echo reason >&2; exit 3", "the process ended"},
		{"tells why it ends", "echo reason >&2; exit 3", "reason"},
		{"talks nonsense", "echo nonsense", "nonsense"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b, fake := shell(t, test.script)
			_, err := b.Start(t.Context(), fake, 1, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "start fake") {
				t.Errorf("%v, expected %q", err, test.want)
			}
		})
	}
	t.Run("no such program", func(t *testing.T) {
		t.Setenv("PYTHON", "no-such-python")
		b, _ := shell(t, "")
		_, err := b.Start(t.Context(), All()[0], 1, nil)
		if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "python3-numpy") {
			t.Errorf("%v, expected ErrMissing and the package to install", err)
		}
	})
}

// TestPythonOfGPUPeers: packages for GPUs are not the system's, but those of the Python that is first on PATH.
func TestPythonOfGPUPeers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("makes a script for sh")
	}
	first := filepath.Join(t.TempDir(), "python3")
	if err := os.WriteFile(first, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Dir(first)+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("PYTHON", "")
	if got, err := findPython("cuda"); err != nil || got != first {
		t.Errorf("%q, %v, expected %q", got, err, first)
	}
	t.Setenv("PYTHON", "/bin/sh")
	if got, err := findPython("cuda"); err != nil || got != "/bin/sh" {
		t.Errorf("%q, %v, expected what PYTHON names", got, err)
	}
}

// TestSilentPeers: a peer that does not answer, or does not end, is not waited for for ever.
func TestSilentPeers(t *testing.T) {
	b, fake := shell(t, "exec sleep 60")
	b.patience = 100 * time.Millisecond
	if _, err := b.Start(t.Context(), fake, 1, nil); err == nil || !strings.Contains(err.Error(), "no answer in 100ms") {
		t.Errorf("%v, expected that there was no answer", err)
	}
	b, fake = shell(t, `echo '{"works": []}'; exec sleep 60`)
	b.patience = 2 * time.Second
	p, err := b.Start(t.Context(), fake, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := p.Close(); err == nil || time.Since(start) > 30*time.Second {
		t.Errorf("closed after %v: %v", time.Since(start), err)
	}
}

func TestProcessThatEndsIsAnError(t *testing.T) {
	b, fake := shell(t, `echo '{"works": [{"workload": "a", "peer": "b"}]}'; read line; echo out of memory >&2`)
	p, err := b.Start(t.Context(), fake, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for range 2 {
		if _, err := p.Time(0, 1); err == nil || !strings.Contains(err.Error(), "out of memory") {
			t.Errorf("%v, expected what the process said last", err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("OPENBLAS_CORETYPE", "Zen")
	env := environment(2, "avx512")
	for _, want := range []string{"OPENBLAS_NUM_THREADS=2", "ATEN_CPU_CAPABILITY=avx512", "OPENBLAS_CORETYPE=Zen"} {
		if !slices.Contains(env, want) {
			t.Errorf("the environment lacks %s", want)
		}
	}
	if slices.Contains(env, "OPENBLAS_CORETYPE=SkylakeX") {
		t.Error("the user's choice is overridden")
	}
}

func TestSourcesAreThere(t *testing.T) {
	b, err := NewBench("")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range All() {
		if _, err := os.Stat(filepath.Join(b.dir, p.source)); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(b.dir); err == nil {
		t.Error("the folder is still there")
	}
}
