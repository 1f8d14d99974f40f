package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/devicetest"
)

// gpuSelectors are the devices beside the CPU that this machine has, emulated ones
// too; the test is skipped if there are none, unless they are required.
func gpuSelectors(t *testing.T, driver string) []string {
	t.Helper()
	for _, p := range device.ProbeAll() {
		if p.Driver != driver {
			continue
		}
		if len(p.Infos) == 0 {
			devicetest.Require(t, driver, fmt.Errorf("no device: %w", p.Err))
		}
		var list []string
		for _, info := range p.Infos {
			list = append(list, info.Selector())
		}
		return list
	}
	devicetest.Require(t, driver, fmt.Errorf("the driver is not in this build"))
	return nil
}

// perDevice is what a command may print differently on another device: its name
// and what it took.
var perDevice = regexp.MustCompile(`(?m) on \S+ in .*$|"(device|elapsed_seconds|samples_per_second)": [^\n]*\n`)

// TestCommandsPrintTheSameOnEveryDevice runs every command that computes on the CPU
// and on each OpenCL device, and compares what they print and write.
func TestCommandsPrintTheSameOnEveryDevice(t *testing.T) {
	iris := filepath.Join("..", "..", "examples", "data", "iris.npy")
	commands := [][]string{
		{"eval", "sum(matmul(square(x), transpose(x)))", "x=" + iris},
		{"eval", "(x - mean(x, 0)) / std(x, 0)", "x=" + iris},
		{"eval", "exp(sin(x)*log(x)) + tanh(x)/pow(x, 1.5)", "x=" + iris, "--dtype", "float32"},
		{"eval", "argmin(cdist(x[50:], x[:50]), 1)", "x=" + iris},
		{"eval", "var(matmul(x, transpose(x)), 1)", "x=" + iris, "--json"},
		{"eval", "where(less(x, mean(x)), x, -x)", "x=" + iris},
		{"cdist", iris, iris},
		{"cdist", iris, iris, "--metric", "chebyshev", "--json"},
		{"cdist", iris, iris, "--metric", "cosine"},
		{"cdist", iris, iris, "--metric", "minkowski", "--p", "2.5"},
		{"cdist", iris, iris, "--argmin"},
		{"pi", "--samples", "1e6", "--seed", "7"},
		{"pi", "--samples", "1e6", "--seed", "7", "--json"},
	}
	for _, selector := range gpuSelectors(t, "opencl") {
		for i, args := range commands {
			t.Run(fmt.Sprintf("%s/%d-%s", selector, i, args[0]), func(t *testing.T) {
				want, _, status := invoke(t, nil, append(args, "--device", "cpu")...)
				if status != statusOK || len(want) == 0 {
					t.Fatalf("on the CPU: status %d", status)
				}
				got, errs, status := invoke(t, nil, append(args, "--device", selector)...)
				if status != statusOK {
					t.Fatalf("status %d: %s", status, errs)
				}
				if a, b := perDevice.ReplaceAllString(got, ""), perDevice.ReplaceAllString(want, ""); a != b {
					t.Errorf("printed\n%s\nand on the CPU\n%s", a, b)
				}
			})
		}
	}
}

// TestDemoResultsAreTheSameOnEveryDevice compares the results of the whole demo, of
// which the command itself checks each against a plain Go loop.
func TestDemoResultsAreTheSameOnEveryDevice(t *testing.T) {
	if testing.Short() {
		t.Skip("the demo takes seconds on each device")
	}
	selectors := gpuSelectors(t, "opencl")
	want := demoResults(t, "cpu")
	for _, selector := range selectors {
		got := demoResults(t, selector)
		for name, w := range want {
			if got[name] != w {
				t.Errorf("%s: %s on %s, %s on the CPU", name, got[name], selector, w)
			}
		}
	}
}

func demoResults(t *testing.T, selector string) map[string]string {
	t.Helper()
	out, errs, status := invoke(t, nil, "demo", "--quick", "--json", "--device", selector)
	var report demoReport
	if err := json.Unmarshal([]byte(out), &report); err != nil || status != statusOK || len(report.Workloads) == 0 {
		t.Fatalf("demo on %s: status %d, %v: %s", selector, status, err, errs)
	}
	results := make(map[string]string)
	for _, w := range report.Workloads {
		if w.Device != selector {
			t.Errorf("%s ran on %s, expected %s", w.Name, w.Device, selector)
		}
		results[w.Name] = w.Result
	}
	return results
}
