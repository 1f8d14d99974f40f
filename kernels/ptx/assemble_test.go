package ptx_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/devicetest"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/ptx"
)

// ptxas finds NVIDIA's assembler, or skips the test: see scripts/ptxas.sh.
func ptxas(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("QUERN_PTXAS"); path != "" {
		return path
	}
	path, err := exec.LookPath("ptxas")
	if err != nil {
		err = fmt.Errorf("%w; QUERN_PTXAS may name what scripts/ptxas.sh prints", err)
	}
	devicetest.Require(t, "ptxas", err)
	return path
}

var (
	usedRegisters = regexp.MustCompile(`Used (\d+) registers`)
	spillStores   = regexp.MustCompile(`(\d+) bytes spill stores`)
)

// assembled is what the assembler says of an entry point.
type assembled struct{ registers, spills int }

// assemble assembles a text for a compute capability.
func assemble(t *testing.T, path, source string, sm int) assembled {
	t.Helper()
	dir := t.TempDir()
	text := filepath.Join(dir, "kernel.ptx")
	if err := os.WriteFile(text, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "-v", "--warning-as-error", fmt.Sprintf("-arch=sm_%d", sm),
		text, "-o", filepath.Join(dir, "kernel.cubin")).CombinedOutput()
	if err != nil {
		t.Fatalf("sm_%d: %v\n%s\n%s", sm, err, out, source)
	}
	var a assembled
	for _, m := range usedRegisters.FindAllStringSubmatch(string(out), -1) {
		n, _ := strconv.Atoi(m[1])
		a.registers = max(a.registers, n)
	}
	for _, m := range spillStores.FindAllStringSubmatch(string(out), -1) {
		n, _ := strconv.Atoi(m[1])
		a.spills += n
	}
	return a
}

// TestAssembles assembles every entry point of the examples for several devices: of
// contractions, which take most of the time, for sm_86 only those of products, for their
// texts are those for sm_80. With QUERN_LONG=1 all are, and TestAssemblesSuite assembles
// the kernels of the suite.
func TestAssembles(t *testing.T) {
	path := ptxas(t)
	for name, k := range examples(t) {
		for _, sm := range []int{70, 80, 86, 90} {
			if testing.Short() && sm != 70 && sm != 90 {
				continue
			}
			other := strings.HasPrefix(name, "contract/") && !strings.HasPrefix(name, "contract/fma/")
			if sm == 86 && other && suiteEffort() == devicetest.Short {
				continue
			}
			t.Run(fmt.Sprintf("%s/sm_%d", name, sm), func(t *testing.T) {
				t.Parallel()
				assembleKernel(t, path, k, sm, spills[name])
			})
		}
	}
}

func assembleKernel(t *testing.T, path string, k kernels.Kernel, sm, mostSpilled int) {
	m, err := ptx.Render(k, ptx.Target{SM: sm}, grid.AxesFor(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range m.Entries {
		a := assemble(t, path, e.Source, sm)
		t.Logf("%s: %d registers, %d bytes spilled, %d bytes of text", e.Name, a.registers, a.spills, len(e.Source))
		if a.spills > mostSpilled {
			t.Errorf("%s: %d bytes spilled, expected at most %d", e.Name, a.spills, mostSpilled)
		}
		if most := 65536 / e.GroupSize; a.registers > most {
			t.Errorf("%s: %d registers, of %d that %d threads may have", e.Name, a.registers, most, e.GroupSize)
		}
	}
}

// spills are the bytes of registers that a kernel may keep on the stack, 0 for all others:
// values of several elements that outlive the calls of a function.
var spills = map[string]int{"fmod.f32": 16, "fmod.f64": 16, "hypot.f64": 32}

// TestAssemblesSuite assembles the kernels of the conformance suite.
func TestAssemblesSuite(t *testing.T) {
	if suiteEffort() == devicetest.Short {
		t.Skip("takes long: set QUERN_LONG=1")
	}
	path := ptxas(t)
	c := &collector{interpreted: newInterpreted(ptx.Target{SM: 70}), kernels: make(map[string]kernels.Kernel)}
	groups := []string{"Primitives", "Functions", "Random", "Map", "Loop", "Reduce", "Contract"}
	devicetest.Run(devicetest.Selected(t, groups...), c, devicetest.Normal)
	for _, sm := range []int{70, 80, 86, 90} {
		t.Run(fmt.Sprintf("sm_%d", sm), func(t *testing.T) {
			for key, source := range sources(t, c.kernels, sm) {
				t.Run(key, func(t *testing.T) {
					t.Parallel()
					assemble(t, path, source, sm)
				})
			}
		})
	}
}

// comments are lines of a text that the assembler skips.
var comments = regexp.MustCompile(`(?m)^\s*//.*\n`)

// sources are the different texts of kernels, by a name of an entry and a kernel
// that have it.
func sources(t *testing.T, list map[string]kernels.Kernel, sm int) map[string]string {
	t.Helper()
	seen, out := make(map[string]bool), make(map[string]string)
	for key, k := range list {
		m, err := ptx.Render(k, ptx.Target{SM: sm}, grid.AxesFor(1))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range m.Entries {
			if text := comments.ReplaceAllString(e.Source, ""); !seen[text] {
				seen[text] = true
				out[key[:8]+"/"+e.Name] = e.Source
			}
		}
	}
	return out
}

// collector is a device that keeps the kernels it is given and compiles none.
type collector struct {
	*interpreted
	kernels map[string]kernels.Kernel
}

func (c *collector) Compile(k kernels.Kernel) (device.Program, error) {
	c.kernels[k.Key()] = k
	return nil, fmt.Errorf("only collected: %w", errors.ErrUnsupported)
}
