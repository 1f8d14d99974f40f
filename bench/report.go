package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/machine"
)

// SchemaVersion is the version of Report as JSON. It grows when a field changes its meaning or goes away.
const SchemaVersion = 1

// Report is what a run of the benchmark found.
type Report struct {
	SchemaVersion int      `json:"schema_version"`
	Date          string   `json:"date"` // RFC 3339, UTC
	Version       string   `json:"version"`
	Commit        string   `json:"commit"`
	GoVersion     string   `json:"go_version"`
	Quick         bool     `json:"quick"`
	Machine       Machine  `json:"machine"`
	Device        Device   `json:"device"`
	Peaks         []Peak   `json:"peaks"`
	Results       []Result `json:"results"`
}

// Machine is what a reader must know of the host to make sense of times.
type Machine struct {
	OS                  string   `json:"os"`
	Arch                string   `json:"architecture"`
	CPU                 *string  `json:"cpu_model"`
	LogicalCPUs         *int     `json:"logical_cpus"`
	MaxProcs            int      `json:"gomaxprocs"`
	L2Bytes             *int64   `json:"l2_bytes"`
	L3Bytes             *int64   `json:"l3_bytes"`
	MemoryBytes         *int64   `json:"memory_bytes"`
	Virtual             *bool    `json:"virtual_machine"`
	LoadAverage1Min     *float64 `json:"load_average_1_min"` // before the run
	TransparentHugePage *string  `json:"transparent_huge_pages"`
}

// DescribeMachine describes the host as it is now.
func DescribeMachine() Machine {
	m := machine.Detect()
	return Machine{
		OS: m.OS.Name, Arch: m.OS.Arch, CPU: m.CPU.Model, LogicalCPUs: m.CPU.LogicalCPUs, MaxProcs: runtime.GOMAXPROCS(0),
		L2Bytes: m.CPU.L2Bytes, L3Bytes: m.CPU.L3Bytes, MemoryBytes: m.Memory.TotalBytes, Virtual: m.OS.Virtual,
		LoadAverage1Min: m.Load.Over1Min, TransparentHugePage: m.Memory.HugePages,
	}
}

// Device is what the workloads ran on.
type Device struct {
	Selector string `json:"selector"`
	Driver   string `json:"driver"`
	Name     string `json:"name"`
	Platform string `json:"platform"` // the CPU's SIMD level
	Threads  int    `json:"threads"`  // compute units in use
	Memory   int64  `json:"memory_bytes"`
}

// DescribeDevice describes the device that a selector names; "" is the default.
func DescribeDevice(selector string) (Device, error) {
	if selector == "" {
		selector = device.DefaultSelector()
	}
	dev, err := device.Open(selector)
	if err != nil {
		return Device{}, err
	}
	info := dev.Info()
	if err := dev.Close(); err != nil {
		return Device{}, fmt.Errorf("close device %s: %w", info.Selector(), err)
	}
	if selector == "" {
		selector = info.Selector()
	}
	return Device{Selector: selector, Driver: info.Driver, Name: info.Name, Platform: info.Platform,
		Threads: max(info.ComputeUnits, 1), Memory: info.MemoryBytes}, nil
}

// String is the device in one line.
func (d Device) String() string {
	return fmt.Sprintf("%s (%s, %s, %d threads)", d.Selector, d.Name, d.Platform, d.Threads)
}

// Result is what was measured of one workload. Rates are those of the median time; the percentage compares best
// samples.
type Result struct {
	Name           string   `json:"name"`
	Group          string   `json:"group"`
	Summary        string   `json:"summary"`
	DType          string   `json:"dtype"`
	Bytes          *float64 `json:"bytes"`
	Flops          *float64 `json:"flops"`
	Items          *float64 `json:"items"`
	Unit           string   `json:"items_unit,omitempty"`
	Formula        string   `json:"formula"`
	Time           Stats    `json:"time"`
	BytesPerSecond *float64 `json:"bytes_per_second"`
	FlopsPerSecond *float64 `json:"flops_per_second"`
	ItemsPerSecond *float64 `json:"items_per_second"`
	Limit          *Limit   `json:"limit"`
	PercentOfPeak  *float64 `json:"percent_of_peak"`
	NoPeak         string   `json:"no_peak_reason,omitempty"`
	Verified       bool     `json:"verified"` // a result agreed with a plain Go loop
}

// newResult computes the rates. The peak is found among those of the workload's group.
func newResult(group string, w Workload, t Stats, peaks []Peak, driver string) Result {
	r := Result{
		Name: w.Name, Group: group, Summary: w.Summary, DType: w.DType,
		Bytes: counted(w.Bytes), Flops: counted(w.Flops), Items: counted(w.Items), Unit: w.Unit, Formula: w.Formula,
		Time:           t,
		BytesPerSecond: counted(w.Bytes / t.MedianSeconds),
		FlopsPerSecond: counted(w.Flops / t.MedianSeconds),
		ItemsPerSecond: counted(w.Items / t.MedianSeconds),
		NoPeak:         w.NoPeak,
		Verified:       true,
	}
	if w.Limit == Unlimited {
		return r
	}
	r.Limit = &w.Limit
	best := 0.0
	for _, p := range peaks {
		if p.Limit == w.Limit {
			best = max(best, p.rate())
		}
	}
	if best == 0 {
		r.NoPeak = noReference(driver, w.Limit)
		return r
	}
	amount := w.Bytes
	if w.Limit == FMA32 || w.Limit == FMA64 {
		amount = w.Flops
	}
	r.PercentOfPeak = new(100 * amount / t.MinSeconds / best)
	return r
}

// counted is nil for what a workload does not count.
func counted(x float64) *float64 {
	if x == 0 {
		return nil
	}
	return &x
}

// WriteJSON writes the report as one indented JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the benchmark's report: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// Save writes the report to a file, which is complete or not there at all.
func (r *Report) Save(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".quern-*.tmp")
	if err != nil {
		return fmt.Errorf("save the benchmark's report: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := r.WriteJSON(f); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return fmt.Errorf("save the benchmark's report: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("save the benchmark's report: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("save the benchmark's report: %w", err)
	}
	return nil
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }
