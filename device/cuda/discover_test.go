package cuda

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/cublas"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
	"github.com/quern-go/quern/device/cuda/internal/nvml"
)

// fakeMonitor reads the same of every device but those it does not know.
type fakeMonitor map[string]nvml.Readings

func (fakeMonitor) Driver() string { return "550.54.15" }

func (m fakeMonitor) Read(uuid string) (nvml.Readings, error) {
	r, ok := m[uuid]
	if !ok {
		return nvml.Readings{}, errors.New("not found: " + uuid)
	}
	return r, nil
}

func TestProbe(t *testing.T) {
	o := fakeOptions()
	o.Devices = append(o.Devices, gpu(1), gpu(2))
	monitor := fakeMonitor{
		"GPU-d0000000-0000-0000-0000-000000000000": {FreeBytes: 900 << 20, Celsius: 41, Watts: 75.4, Utilisation: 0},
		"MIG-d0000000-0000-0000-0000-000000000001": {FreeBytes: 100 << 20, Utilisation: -1},
	}
	s := discover(fake(t, o))
	infos, err := s.probe()
	if err != nil || len(infos) != 3 {
		t.Fatalf("%d devices, %v", len(infos), err)
	}
	for i := range infos {
		infos[i].Details = append(infos[i].Details, s.details(i, nil, monitor, nil)...)
	}
	i := infos[0]
	if i.Selector() != "cuda:0" || i.Name != "Fake H200" || i.Vendor != "NVIDIA" || i.Platform != "compute capability 9.0" ||
		i.Version != "CUDA 12.4" || i.ComputeUnits != 132 || i.MemoryBytes != 1<<30 || !i.Float64 || !i.Reproducible || i.Software {
		t.Errorf("device 0: %+v", i)
	}
	for _, c := range []struct {
		device      int
		name, value string
	}{
		{0, "UUID", "GPU-d0000000-0000-0000-0000-000000000000"},
		{0, "PCI", "0000:1B:00.0"},
		{0, "library", "fakecuda"},
		{0, "memory bus", "6144 bits at 3201 MHz: 4917 GB/s"},
		{0, "multiprocessors", "132 at 1980 MHz"},
		{0, "float32 peak", "66.9 TFLOP/s"},
		{0, "float64 peak", "33.5 TFLOP/s"},
		{0, "L2 cache", "61440 KiB"},
		{0, "stream-ordered allocation", "yes"},
		{0, "driver release", "550.54.15"},
		{0, "free memory", "900 MiB"},
		{0, "temperature", "41 °C"},
		{0, "power", "75 W"},
		{0, "utilisation", "0 %"},
		{1, "free memory", "100 MiB"},
		{1, "temperature", "not told"},
		{1, "utilisation", "not told"},
		{0, "cuBLAS", "none: not looked for"},
		{0, "float64 tensor units", "none: m16n8k8: not yet compared with the definition, which the first product of float64 will do"},
		{2, "monitor", "not found: GPU-d0000000-0000-0000-0000-000000000002"},
	} {
		if got := detail(infos[c.device], c.name); got != c.value {
			t.Errorf("device %d: %s %q, expected %q", c.device, c.name, got, c.value)
		}
	}
	d := fake(t, fakeOptions())
	s = discover(d)
	s.blas = func() (cublas.API, error) { return fakecuda.BLAS{Driver: d}, nil }
	for name, want := range map[string]string{"monitor": "none: no library opened", "cuBLAS": "fakecublas, for Fast"} {
		if got := detail(device.Info{Details: s.details(0, nil, nil, errors.New("no library opened"))}, name); got != want {
			t.Errorf("%s: %q, expected %q", name, got, want)
		}
	}
	if got := s.details(1, nil, nil, nil); got != nil {
		t.Errorf("of a device that is not there: %v", got)
	}
}

func detail(i device.Info, name string) string {
	for _, d := range i.Details {
		if d.Name == name {
			return d.Value
		}
	}
	return "(absent)"
}

// TestAbsent lists the reasons why there is no device.
func TestAbsent(t *testing.T) {
	old := gpu(1)
	old.Name, old.Attributes = "GeForce GTX 1080", map[cu.Attribute]int{cu.ComputeCapabilityMajor: 6, cu.ComputeCapabilityMinor: 1}
	prohibited := gpu(2)
	prohibited.Attributes[cu.ComputeMode] = cu.ComputeModeProhibited
	for _, c := range []struct {
		name    string
		change  func(o *fakecuda.Options)
		visible string
		says    []string
		devices int
	}{
		{name: "no device", change: func(o *fakecuda.Options) { o.Init = cu.NoDevice },
			says: []string{"there is no NVIDIA GPU", "docker run --gpus all", "cuInit: CUDA_ERROR_NO_DEVICE (100)"}},
		{name: "hidden", change: func(o *fakecuda.Options) { o.Init = cu.NoDevice }, visible: "-1",
			says: []string{`CUDA_VISIBLE_DEVICES="-1" hides them`, "CUDA_ERROR_NO_DEVICE"}},
		{name: "stub", change: func(o *fakecuda.Options) { o.Init = cu.StubLibrary }, says: []string{"stub", "(34)"}},
		{name: "mismatch", change: func(o *fakecuda.Options) { o.Init = cu.SystemDriverMismatch }, says: []string{"reboot", "(803)"}},
		{name: "not ready", change: func(o *fakecuda.Options) { o.Init = cu.SystemNotReady }, says: []string{"fabricmanager", "(802)"}},
		{name: "compatibility", change: func(o *fakecuda.Options) { o.Init = cu.CompatNotSupportedDevice }, says: []string{"forward compatibility", "(804)"}},
		{name: "MPS", change: func(o *fakecuda.Options) { o.Init = cu.MPSConnectionFailed }, says: []string{"MPS", "(805)"}},
		{name: "unknown", change: func(o *fakecuda.Options) { o.Init = cu.Unknown }, says: []string{"modprobe", "(999)"}},
		{name: "unnamed", change: func(o *fakecuda.Options) { o.Init = 4242 }, says: []string{"fakecuda: cuInit: unknown code (4242)"}},
		{name: "old driver", change: func(o *fakecuda.Options) { o.Version = 10020 }, says: []string{"CUDA 10.2, expected 11.0", "update the NVIDIA driver"}},
		{name: "empty", change: func(o *fakecuda.Options) { o.Devices = nil }, says: []string{"there is no device"}},
		{name: "old device", change: func(o *fakecuda.Options) { o.Devices = []fakecuda.Device{old} },
			says: []string{"device 0 (GeForce GTX 1080): compute capability 6.1, expected 7.0 or newer"}},
		{name: "one of three", change: func(o *fakecuda.Options) { o.Devices = []fakecuda.Device{gpu(0), old, prohibited} },
			says: []string{"device 1 (GeForce GTX 1080)", "device 2 (Fake H200): its compute mode is prohibited"}, devices: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(visibleDevices, c.visible)
			if c.visible == "" {
				os.Unsetenv(visibleDevices)
			}
			o := fakeOptions()
			c.change(&o)
			s := discover(fake(t, o))
			infos, err := s.probe()
			if len(infos) != c.devices || err == nil {
				t.Fatalf("%d devices, %v", len(infos), err)
			}
			for _, part := range c.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q, expected %q in it", err, part)
				}
			}
			_, err = s.open(c.devices, Options{})
			if err == nil || c.devices == 0 && !strings.Contains(err.Error(), c.says[0]) {
				t.Errorf("open: %v", err)
			}
		})
	}
}

// TestFailingQuestions has every question that discovery asks fail.
func TestFailingQuestions(t *testing.T) {
	count := fake(t, fakeOptions())
	discover(count)
	for name, calls := range count.Calls() {
		for n := 1; n <= calls; n++ {
			d := fake(t, fakeOptions())
			d.Inject(func(function string, call int) cu.Code {
				if function == name && call == n {
					return cu.DeviceUnavailable
				}
				return cu.Success
			})
			s := discover(d)
			if len(s.devices) == 0 && !strings.Contains(s.problems.Error(), name+": CUDA_ERROR_DEVICE_UNAVAILABLE (46)") {
				t.Errorf("call %d of %s failed: %v", n, name, s.problems)
			}
		}
	}
}

// envChild makes the test binary print what the machine's own driver offers.
const envChild = "QUERN_CUDA_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(envChild) == "" {
		os.Exit(m.Run())
	}
	infos, err := driver{}.Probe()
	for _, i := range infos {
		os.Stdout.WriteString("found " + i.Selector() + "\n")
	}
	if err != nil {
		os.Stdout.WriteString("problem " + err.Error() + "\n")
	}
	if _, err := (driver{}).Open(99); err != nil {
		os.Stdout.WriteString("failed " + err.Error() + "\n")
	}
}

// TestMachine asks the driver of this machine, in a process of its own, with all
// devices hidden: there is a reason, whether it has a driver or not.
func TestMachine(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envChild+"=1", visibleDevices+"=-1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the process failed: %v\n%s", err, out)
	}
	if text := string(out); strings.Contains(text, "found") || !strings.Contains(text, "problem ") || !strings.Contains(text, "failed open cuda:99: ") {
		t.Errorf("expected no device and a reason: %s", text)
	}
	t.Logf("%s", out)
}

func TestOpenRange(t *testing.T) {
	o := fakeOptions()
	o.Devices = append(o.Devices, gpu(1))
	s := discover(fake(t, o))
	for _, ordinal := range []int{-1, 2} {
		if _, err := s.open(ordinal, Options{}); err == nil || !strings.Contains(err.Error(), "there are 2 CUDA devices, cuda:0 to cuda:1") {
			t.Errorf("open %d: %v", ordinal, err)
		}
	}
}
