package quern_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const modulePath = "github.com/quern-go/quern"

// floors lists the packages from the ground up; docs/architecture.md tells what
// each is. A package may import packages of lower floors and, on its own floor,
// those before it. A pattern ending in /... covers a folder.
var floors = [][]string{
	{"kernels", "kernels/mathfn", "kernels/mathfn/plain", "kernels/term", "kernels/oracle", "kernels/grid",
		"internal/dl", "internal/reuse", "internal/ranks", "internal/cpulist", "internal/cgroup", "internal/machine", "internal/meter", "internal/arrayfile", "internal/diskcache"},
	{"kernels/clike", "kernels/ptx/interp", "kernels/ptx", "device"},
	{"device/devicetest", "device/internal/cache", "device/internal/queue", "device/opencl", "cpu/internal/...", "cpu", "device/cuda/internal/...", "device/cuda"},
	{"device/all", "ops/internal/...", "ops"},
	{"internal/evalexpr", "bench/...", "cmd/quern/...", "examples/...", "internal/doccheck", "."},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestPackagesImportOnlyLowerFloors(t *testing.T) {
	for _, pkg := range listPackages(t) {
		from, ok := place(pkg.ImportPath)
		if !ok {
			t.Errorf("%s stands on no floor: add it to the list in layers_test.go", pkg.ImportPath)
			continue
		}
		for _, imp := range pkg.Imports {
			if !strings.HasPrefix(imp, modulePath) {
				continue
			}
			to, ok := place(imp)
			if ok && (to.floor > from.floor || to.floor == from.floor && to.position > from.position) {
				t.Errorf("%s (floor %d) imports %s (floor %d)", pkg.ImportPath, from.floor, imp, to.floor)
			}
		}
	}
}

type position struct{ floor, position int }

func place(importPath string) (position, bool) {
	rel := strings.TrimPrefix(strings.TrimPrefix(importPath, modulePath), "/")
	if rel == "" {
		rel = "."
	}
	for f, packages := range floors {
		for p, pattern := range packages {
			folder, whole := strings.CutSuffix(pattern, "/...")
			if rel == pattern || whole && (rel == folder || strings.HasPrefix(rel, folder+"/")) {
				return position{f, p}, true
			}
		}
	}
	return position{}, false
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Skipf("go list needs the go command and the module's source: %v", err)
	}
	var packages []goPackage
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		packages = append(packages, p)
	}
}

func TestFloorsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, packages := range floors {
		for _, p := range packages {
			if seen[p] || path.Clean(p) != p {
				t.Errorf("%s is listed twice or not clean", p)
			}
			seen[p] = true
		}
	}
}
