package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/internal/machine"
	"github.com/quern-go/quern/kernels"
)

// SchemaVersion is the version of Report as JSON. It grows when a field changes its meaning or goes away.
const SchemaVersion = 2

// Report is what the benchmark found.
type Report struct {
	SchemaVersion int     `json:"schema_version"`
	Date          string  `json:"date"` // of its beginning: RFC 3339, UTC
	Version       string  `json:"version"`
	Commit        string  `json:"commit"`
	GoVersion     string  `json:"go_version"`
	Command       string  `json:"command"` // that made it
	Quick         bool    `json:"quick"`
	Machine       Machine `json:"machine"`
	Runs          []Run   `json:"runs"`

	Comparison *Comparison `json:"comparison,omitempty"` // with an earlier report
}

// NewReport begins a report about this machine as it is now. What only the program knows is left to fill in: Version,
// Commit, GoVersion and Command.
func NewReport(s Scale) *Report {
	return &Report{SchemaVersion: SchemaVersion, Date: now(), Quick: bool(s), Machine: DescribeMachine()}
}

// Run is what was measured on one device with one number of threads.
type Run struct {
	Device  Device    `json:"device"`
	Peaks   []Peak    `json:"peaks"`
	Results []Result  `json:"results"`
	Missing []Missing `json:"missing_peers,omitempty"`
}

// Missing is a peer that was asked for and could not run.
type Missing struct {
	Peer   string `json:"peer"`
	Reason string `json:"reason"`
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
	Hypervisor          *string  `json:"hypervisor"`
	Governor            *string  `json:"frequency_governor"`
	LoadAverage1Min     *float64 `json:"load_average_1_min"` // before the run
	TransparentHugePage *string  `json:"transparent_huge_pages"`
}

// DescribeMachine describes the host as it is now.
func DescribeMachine() Machine {
	m := machine.Detect()
	return Machine{
		OS: m.OS.Name, Arch: m.OS.Arch, CPU: m.CPU.Model, LogicalCPUs: m.CPU.LogicalCPUs, MaxProcs: runtime.GOMAXPROCS(0),
		L2Bytes: m.CPU.L2Bytes, L3Bytes: m.CPU.L3Bytes, MemoryBytes: m.Memory.TotalBytes, Virtual: m.OS.Virtual, Hypervisor: m.OS.Hypervisor, Governor: m.CPU.Governor,
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
	unit := "threads"
	if d.Threads == 1 {
		unit = "thread"
	}
	return fmt.Sprintf("%s (%s, %s, %d %s)", d.Selector, d.Name, d.Platform, d.Threads, unit)
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
	PlanBytes      *float64 `json:"plan_bytes"` // that the kernels of the plan move; null if there is no one plan
	PlanFlops      *float64 `json:"plan_flops"` // their operations
	Time           Stats    `json:"time"`
	BytesPerSecond *float64 `json:"bytes_per_second"`
	FlopsPerSecond *float64 `json:"flops_per_second"`
	ItemsPerSecond *float64 `json:"items_per_second"`
	Limit          *Limit   `json:"limit"`
	PercentOfPeak  *float64 `json:"percent_of_peak"`
	NoPeak         string   `json:"no_peak_reason,omitempty"`
	Verified       bool     `json:"verified"` // a result agreed with the oracle or a plain Go loop
	// Precision is that of the products where it is not exact, and ErrorOfBound the largest error that was found,
	// divided by its bound; null if none was looked for.
	Precision    string   `json:"precision,omitempty"`
	ErrorOfBound *float64 `json:"error_of_bound,omitempty"`
	Peers        []Beside `json:"peers,omitempty"`
}

// Beside is a peer that did the same work, sampled in turn with Quern.
type Beside struct {
	Peer    string `json:"peer"`
	Time    Stats  `json:"time"`
	Ratio   Ratio  `json:"ratio"`             // of the peer's time to Quern's: above 1 Quern is faster
	Differs string `json:"differs,omitempty"` // how its result is another than Quern's; "" if it agrees or is not compared
}

// newResult computes the rates. The peak is found among those of the workload's group.
func newResult(group string, w Workload, planned planCounts, t Stats, peaks []Peak, driver string) Result {
	w = planned.complete(w)
	r := Result{
		Name: w.Name, Group: group, Summary: w.Summary, DType: w.DType,
		Bytes: counted(w.Bytes), Flops: counted(w.Flops), Items: counted(w.Items), Unit: w.Unit, Formula: w.Formula,
		PlanBytes:      counted(planned.bytes),
		PlanFlops:      counted(planned.flops),
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

// mark notes with what precision a job has computed.
func (r *Result) mark(j *Job) {
	if j.Precision != kernels.Exact {
		r.Precision, r.ErrorOfBound = j.Precision.String(), counted(j.ErrorOfBound)
	}
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

// Save writes the report to a JSON file, which is complete or not there at all. A device or a pipe is written directly.
func (r *Report) Save(ctx context.Context, path string) error {
	return arrayfile.WriteText(ctx, path, r.WriteJSON)
}

// SaveHTML is Save as an HTML file.
func (r *Report) SaveHTML(ctx context.Context, path string) error {
	return arrayfile.WriteText(ctx, path, r.WriteHTML)
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }
