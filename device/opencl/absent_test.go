package opencl

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
	"github.com/quern-go/quern/internal/dl"
)

// envChild makes the test binary do one thing and end: "probe" prints what Probe
// gives, "signals" is TestSignals's.
const envChild = "QUERN_OPENCL_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(envChild) {
	case "probe":
		printProbe()
	case "signals":
		watchSignals()
	default:
		os.Exit(m.Run())
	}
}

func printProbe() {
	infos, err := driver{}.Probe()
	for _, info := range infos {
		fmt.Println("found", info.Selector(), info.Name)
	}
	if err != nil {
		fmt.Println("problem", err)
	}
	dev, err := driver{}.Open(0)
	if err == nil {
		err = dev.Close()
	}
	if err != nil {
		fmt.Println("failed", err)
	}
}

// child runs the test binary as a child in the given environment and returns what
// it prints.
func child(t *testing.T, job string, environment ...string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(environment, envChild+"="+job)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the process failed: %v\n%s", err, out)
	}
	return string(out)
}

func TestNoLibrary(t *testing.T) {
	_, err := openAPI("libquern-no-such-OpenCL.so.1", "libquern-no-such-OpenCL.so")
	if err == nil {
		t.Fatal("a library that does not exist opened")
	}
	if !errors.Is(err, dl.ErrUnavailable) && strings.Count(err.Error(), "libquern-no-such-OpenCL") < 2 {
		t.Errorf("error %v, expected the names that were tried", err)
	}
	d := &discovery{problems: err}
	if _, err := open(d, 0, Options{}); err == nil || !strings.Contains(err.Error(), "open opencl:0: ") {
		t.Errorf("open: %v", err)
	}
}

func TestWrongLibrary(t *testing.T) {
	_, err := openAPI("libc.so.6", "libSystem.B.dylib", "kernel32.dll")
	if err == nil {
		t.Fatal("the C library passed for OpenCL")
	}
	if strings.Contains(err.Error(), "no library opened") {
		t.Skip(err)
	}
	if !strings.Contains(err.Error(), "is no library of OpenCL 1.2: it lacks clGetPlatformIDs, ") {
		t.Errorf("error %v", err)
	}
}

// TestBrokenICDs runs with drivers (ICDs) that cannot be loaded. ocl-icd takes their
// folder from OCL_ICD_VENDORS.
func TestBrokenICDs(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the loader of Linux is tested")
	}
	machine(t)
	garbage := filepath.Join(t.TempDir(), "libgarbage.so")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(garbage, "this is no library")
	for _, c := range []struct {
		name  string
		icds  map[string]string
		works bool
	}{
		{name: "None"},
		{name: "Missing", icds: map[string]string{"a.icd": "/nonexistent/libOpenCL-driver.so\n"}},
		{name: "Garbage", icds: map[string]string{"a.icd": garbage + "\n"}},
		{name: "NoICD", icds: map[string]string{"a.icd": "libc.so.6\n"}},
		{name: "Empty", icds: map[string]string{"a.icd": ""}},
		{name: "BesideAGoodOne", works: true, icds: map[string]string{"a.icd": garbage + "\n", "b.icd": ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range c.icds {
				write(filepath.Join(dir, name), text)
			}
			if c.works {
				write(filepath.Join(dir, "c.icd"), goodICD(t))
			}
			out := child(t, "probe", "OCL_ICD_VENDORS="+dir+"/")
			if c.works {
				if !strings.Contains(out, "found opencl:0 ") || strings.Contains(out, "failed ") {
					t.Errorf("a good driver beside a broken one: %s", out)
				}
				return
			}
			if strings.Contains(out, "found") || !strings.Contains(out, "has no platform") || !strings.Contains(out, "failed open opencl:0: ") {
				t.Errorf("expected no device and a reason: %s", out)
			}
		})
	}
}

// goodICD is the content of the first of the system's ICD files.
func goodICD(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/etc/OpenCL/vendors/*.icd")
	if err != nil || len(files) == 0 {
		t.Skip("no ICD file in /etc/OpenCL/vendors")
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Skip(err)
	}
	return string(text)
}

// TestPoCLCache runs where PoCL's place for its cache cannot be written, or is named
// and empty: PoCL has no device then, or aborts, unless it is given another.
func TestPoCLCache(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("PoCL is tested on Linux")
	}
	machine(t)
	for _, c := range []struct {
		name, home, cache string
		want              string
	}{
		{"NoHome", "/dev/null", "", "found opencl:0 "},
		{"EmptyName", t.TempDir(), "", "found opencl:0 "},
		{"Unwritable", t.TempDir(), "/dev/null/cache", "$POCL_CACHE_DIR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "Unwritable" && !strings.Contains(goodICD(t), "pocl") {
				t.Skip("the first driver is not PoCL")
			}
			out := child(t, "probe", "HOME="+c.home, "XDG_CACHE_HOME=", "POCL_CACHE_DIR="+c.cache, "TMPDIR="+t.TempDir())
			if !strings.Contains(out, c.want) || strings.Contains(c.want, "found") && strings.Contains(out, "failed ") {
				t.Errorf("expected %q: %s", c.want, out)
			}
		})
	}
}

// TestOnePlatformFails has the second of two platforms fail: the first stays.
func TestOnePlatformFails(t *testing.T) {
	d := fresh(t)
	d.api.faults = &nth{function: getDeviceIDs, first: 1, last: 1, code: deviceNotAvailable}
	again := discover(d.api)
	if again.problems == nil || !strings.Contains(again.problems.Error(), "clGetDeviceIDs: CL_DEVICE_NOT_AVAILABLE (-2)") {
		t.Errorf("problems %v", again.problems)
	}
}

func TestProbe(t *testing.T) {
	machine(t)
	infos, err := driver{}.Probe()
	if err != nil && devicetest.Required(driverName) {
		t.Errorf("problems: %v", err)
	}
	for i, info := range infos {
		if info.Driver != driverName || info.Ordinal != i || info.Name == "" || info.Vendor == "" || info.Platform == "" ||
			info.Version == "" || info.ComputeUnits < 1 || info.MemoryBytes < 1<<20 || len(info.Details) == 0 {
			t.Errorf("device %d: %+v", i, info)
		}
	}
}
