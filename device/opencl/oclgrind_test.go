package opencl

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
)

// envOclgrind makes TestReducedSuite run: it is set for the process that has Oclgrind
// as its only device.
const envOclgrind = "QUERN_OPENCL_TEST_OCLGRIND"

// oclgrindICD is where Debian's package oclgrind has its driver.
const oclgrindICD = "/usr/lib/oclgrind/liboclgrind-rt-icd.so"

// TestOclgrind runs a small part of the suite on Oclgrind, which simulates a device and
// reports races between work items and accesses outside of buffers. That takes a
// minute or two.
func TestOclgrind(t *testing.T) {
	if !devicetest.Required("oclgrind") && os.Getenv("QUERN_LONG") != "1" {
		t.Skip("runs if QUERN_REQUIRE lists oclgrind or QUERN_LONG=1")
	}
	if _, err := os.Stat(oclgrindICD); err != nil {
		devicetest.Require(t, "oclgrind", errors.New("install Debian's oclgrind: "+err.Error()))
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "oclgrind.icd"), []byte(oclgrindICD+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "log")
	cmd := exec.Command(os.Args[0], "-test.run=^TestReducedSuite$", "-test.v")
	cmd.Env = append(os.Environ(), envOclgrind+"=1", "OCL_ICD_VENDORS="+dir+"/", "OCLGRIND_LOG="+log,
		"OCLGRIND_DATA_RACES=1", "OCLGRIND_UNIFORM_WRITES=1", "OCLGRIND_CHECK_API=1",
		// It does not know all that optimisation makes of a kernel.
		"OCLGRIND_BUILD_OPTIONS=-cl-opt-disable")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if text, err := os.ReadFile(log); err == nil && len(text) > 0 {
		t.Errorf("Oclgrind reports:\n%s", text)
	}
}

// TestReducedSuite is what runs on Oclgrind: each template of kernels, with sizes that
// fill its tiles and that do not.
func TestReducedSuite(t *testing.T) {
	if os.Getenv(envOclgrind) == "" {
		t.Skip("for Oclgrind: see TestOclgrind")
	}
	dev := openFirst(t)
	devicetest.Run(part{T: t, groups: map[string]string{
		"Map":      "^(ManyOutputs|Copy)/f32$|^Gather",
		"Reduce":   "^Sizes/(add|argmin)/(tree|strided)/f32$",
		"Contract": "^(Sizes|Bodies|Fold)/sqdiff/f32$",
		"Random":   "^Draws/f32$",
		"Close":    "",
	}}, dev, devicetest.Short)
}
