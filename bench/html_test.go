package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
)

// plotted is a report with something for every plot: a roofline, bars, and a GPU that overtakes the CPU.
func plotted() *Report {
	r := example()
	gpu := Run{Device: Device{Selector: "cuda:0", Driver: "cuda", Name: "A GPU", Threads: 100}}
	times := func(seconds ...float64) (out []Result) {
		for i, s := range seconds {
			w := Workload{Name: fmt.Sprintf("add/1e%d", i+4), DType: "float32", Bytes: 12, Flops: 1, Formula: "12", NoPeak: "none"}
			out = append(out, newResult("sizes", w, planCounts{}, Summarise([]float64{s}, 1), nil, "cuda"))
		}
		return out
	}
	gpu.Results = times(1e-5, 1.1e-5, 2e-5)
	r.Runs[0].Results = append(r.Runs[0].Results, times(1e-6, 1e-5, 1e-4)...)
	r.Runs = append(r.Runs, gpu)
	return r
}

func TestHTML(t *testing.T) {
	var page bytes.Buffer
	if err := plotted().WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, part := range []string{"<!DOCTYPE html>", "Roofline: cpu", "Beside peers", "NumPy 1.24", "2.00×", "cuda:0 is faster from a size of about 114 k on", "torch: no module"} {
		if !strings.Contains(text, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if outside := regexp.MustCompile(`(?i)(src|href)="[^d]|url\(|<script|@import|https?:`).FindString(text); outside != "" {
		t.Errorf("the page is not self-contained: %q", outside)
	}
	if bad := regexp.MustCompile(`NaN|Inf|%!|Zgotmpl`).FindString(text); bad != "" {
		t.Errorf("the page shows %q", bad)
	}
}

func TestNamesAreEscaped(t *testing.T) {
	r := plotted()
	r.Runs[0].Results[0].Name = "<b>add</b>"
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil || strings.Contains(page.String(), "<b>add") {
		t.Errorf("a workload's name is taken for HTML, or %v", err)
	}
}

func TestOvertakes(t *testing.T) {
	sizes := []float64{10, 100, 1000}
	cpu := curve{10: 1, 100: 10, 1000: 100}
	for want, other := range map[string]curve{
		"gpu is faster from a size of about 100 on.":                  {10: 10, 100: 10, 1000: 10},
		"gpu is faster at every size measured.":                       {10: 0.1, 100: 0.1, 1000: 0.1},
		"The CPU is faster than gpu up to the largest size measured.": {10: 200, 100: 200, 1000: 200},
	} {
		if got := overtakes("gpu", sizes, cpu, other); got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}

// TestHTMLInChromium loads the page in a browser: it must draw every plot and complain about nothing.
func TestHTMLInChromium(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	devicetest.Require(t, "chromium", err)
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	if err := plotted().SaveHTML(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	screenshot := filepath.Join(dir, "report.png")
	var dom, log bytes.Buffer
	for _, what := range [][]string{{"--dump-dom"}, {"--screenshot=" + screenshot, "--window-size=1200,3000"}} {
		args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--user-data-dir=" + filepath.Join(dir, "profile")}, what...)
		cmd := exec.Command(chromium, append(args, "file://"+path)...)
		cmd.Stdout, cmd.Stderr = &dom, &log
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v\n%s", what, err, &log)
		}
	}
	if complaint := regexp.MustCompile(`CONSOLE.*|ERR_[A-Z_]+.*`).FindString(log.String()); complaint != "" {
		t.Errorf("the browser complains: %s", complaint)
	}
	for element, want := range map[string]int{"<svg": 4, "<circle": 1 + 3 + 3 + 2*3, "<polyline": 1 + 2, "<rect": 1} {
		if got := strings.Count(dom.String(), element); got < want {
			t.Errorf("%d times %s, expected at least %d", got, element, want)
		}
	}
	if png, err := os.ReadFile(screenshot); err != nil || len(png) < 20_000 {
		t.Errorf("the screenshot has %d bytes: %v", len(png), err)
	}
	if keep := os.Getenv("QUERN_SCREENSHOT"); keep != "" {
		if err := os.Rename(screenshot, keep); err != nil {
			t.Error(err)
		}
	}
}
