package device

import "strconv"

// Info describes a device. Fields that do not apply are zero.
type Info struct {
	Driver   string `json:"driver"`   // cpu, cuda, opencl, opengl
	Ordinal  int    `json:"ordinal"`  // position among the driver's devices
	Name     string `json:"name"`     // as the driver gives it
	Vendor   string `json:"vendor"`   // as the driver gives it
	Platform string `json:"platform"` // e.g. the OpenCL platform, or the SIMD level
	Version  string `json:"version"`  // of the driver or API

	ComputeUnits int   `json:"compute_units"` // cores in use, SMs, CUs
	MemoryBytes  int64 `json:"memory_bytes"`
	// CopyEngines is how many copies to and from the host go on beside kernels, on streams
	// of their own. Such a device also lets kernels on different streams write different
	// parts of one buffer.
	CopyEngines int `json:"copy_engines,omitempty"`

	Float64      bool `json:"float64"`      // computes in float64
	Software     bool `json:"software"`     // a GPU emulated on the CPU: never chosen on its own
	Reproducible bool `json:"reproducible"` // gives the oracle's bits
	// NotReproducible says why Reproducible is false.
	NotReproducible string `json:"not_reproducible,omitempty"`

	// Details are further facts for a reader, in the order to print them.
	Details []Detail `json:"details,omitempty"`
}

// Detail is one named fact.
type Detail struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Selector is the string that opens this device: cpu, cuda:0, opencl:1.
func (i Info) Selector() string {
	if i.Driver == "cpu" {
		return "cpu"
	}
	return i.Driver + ":" + strconv.Itoa(i.Ordinal)
}
