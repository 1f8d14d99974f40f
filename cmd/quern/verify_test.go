package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
)

// TestVerify runs the suite on a device, by the command.
func TestVerify(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite takes seconds")
	}
	out, errs, status := invoke(t, nil, "verify", "--quick", "--device", "cpu:1thread", "--json")
	var r verifyReport
	if err := json.Unmarshal([]byte(out), &r); err != nil || status != statusOK {
		t.Fatalf("status %d, %v: %q %q", status, err, out, errs)
	}
	if !r.Passed || len(r.Devices) != 1 || len(r.NotVerified) != 0 {
		t.Fatalf("printed %s", out)
	}
	v := r.Devices[0]
	if v.Device != "cpu:1thread" || !v.Quick || v.Kernels < 100 || v.Launches < 1000 || v.Values < v.Launches || len(v.Groups) != verifySteps {
		t.Errorf("printed %s", out)
	}
	kernels, values := 0, 0
	for _, g := range v.Groups {
		kernels, values = kernels+g.Kernels, values+g.Values
		if !g.Passed {
			t.Errorf("%s has not passed", g.Name)
		}
	}
	if kernels != v.Kernels || values != v.Values {
		t.Errorf("the groups have %d kernels and %d values, the device %d and %d", kernels, values, v.Kernels, v.Values)
	}
}

func TestVerifyMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"unknown device": {[]string{"verify", "--device", "abacus"}, statusFailed, "abacus"},
		"unknown level":  {[]string{"verify", "--device", "cpu:mmx"}, statusFailed, "mmx"},
		"argument":       {[]string{"verify", "cpu"}, statusUsage, "cpu"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, status := invoke(t, nil, c.args...)
			if status != c.status || !strings.Contains(errs, c.want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("status %d, printed %q, %q; want %d and %q on one line", status, out, errs, c.status, c.want)
			}
		})
	}
}

func TestVerifyIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	status := run(ctx, []string{"verify"}, streams{in: strings.NewReader(""), out: &out, err: &errs})
	if status != statusInterrupted || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("status %d, printed %q, %q", status, out.String(), errs.String())
	}
}

// newCheck is a T without a device.
func newCheck(ctx context.Context) *check {
	return &check{ctx: ctx, verdict: &verdict{Device: "abacus:2", Name: "An abacus", Platform: "beads", Quick: true, Passed: true},
		suite: devicetest.NewSuite(), began: func(string, int) {}}
}

// TestCheck: failures, panics and skips are kept, and equal ones counted.
func TestCheck(t *testing.T) {
	c := newCheck(context.Background())
	good := func(devicetest.T) {}
	after := false
	c.Run("Primitives", func(t devicetest.T) {
		t.Run("add", good)
		t.Run("mul", func(t devicetest.T) { t.Skipf("no %s", "mul") })
		t.Run("div", func(t devicetest.T) { t.Skipf("no %s", "mul") })
	})
	c.Run("Map", func(t devicetest.T) {
		if t.Run("wrong", func(t devicetest.T) {
			t.Run("deep", func(t devicetest.T) {
				t.Fatalf("element %d\nis wrong", 3)
				after = true
			})
		}) {
			after = true
		}
		t.Run("hangs itself", func(devicetest.T) { panic("beads lost") })
	})
	c.Run("Reduce", func(t devicetest.T) { t.Skipf("no rods") })
	v := c.verdict
	if v.Passed || after || len(v.Groups) != 3 || len(v.Failures) != 2 || v.Failures[0].Check != "Map/wrong/deep" {
		t.Errorf("%+v, %v", v, after)
	}
	if !strings.Contains(v.Failures[1].Message, "beads lost") {
		t.Errorf("the panic: %q", v.Failures[1].Message)
	}
	v.Failures[1].Message = "panic: beads lost" // the stack differs
	for i := range v.Groups {
		v.Groups[i].Seconds = 0.25
		v.Groups[i].Values = 1234567
	}
	var out bytes.Buffer
	v.write(&out)
	golden(t, "verify.txt", out.String())
	r := verifyReport{Devices: []verdict{*v, {Device: "cpu", Passed: true}}}
	if err := r.judge(); err == nil || !strings.Contains(err.Error(), "1 of 2 devices failed: abacus:2") {
		t.Errorf("error %v", err)
	}
	if err := (&verifyReport{}).judge(); err == nil {
		t.Error("nothing was verified, no error")
	}
}

// TestCheckEndsWithItsContext: what fails because of it is no failure.
func TestCheckEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := newCheck(ctx)
	ran := 0
	c.Run("Map", func(t devicetest.T) {
		t.Run("first", func(t devicetest.T) {
			ran++
			cancel()
			t.Errorf("launch: %v", t.Context().Err())
		})
		t.Run("second", func(devicetest.T) { ran++ })
	})
	if c.Run("Reduce", func(devicetest.T) { ran++ }); ran != 1 || !c.verdict.Passed || len(c.verdict.Failures) != 0 {
		t.Errorf("%d checks ran, %+v", ran, c.verdict)
	}
}
