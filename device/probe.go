package device

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Probe is what one driver found.
type Probe struct {
	Driver string
	Infos  []Info
	Err    error // why Infos is empty, or what is not in it
}

// ProbeAll asks every registered driver for its devices.
func ProbeAll() []Probe { return drivers.probeAll() }

// SurveyAll is ProbeAll with everything that the drivers can tell, for a reader.
func SurveyAll() []Probe { return drivers.surveyAll() }

func (r *registry) surveyAll() []Probe {
	probes := r.probeAll()
	for i, d := range r.list() {
		more, ok := d.(Detailer)
		if !ok {
			continue
		}
		probes[i].Infos = slices.Clone(probes[i].Infos)
		for n := range probes[i].Infos {
			info := &probes[i].Infos[n]
			info.Details = append(slices.Clone(info.Details), more.Details(info.Ordinal)...)
		}
	}
	return probes
}

func (r *registry) probeAll() []Probe {
	var probes []Probe
	for _, d := range r.list() {
		infos, err := d.Probe()
		probes = append(probes, Probe{Driver: d.Name(), Infos: infos, Err: err})
	}
	return probes
}

// summary is one line on what there is and what there is not.
func (r *registry) summary() string {
	var there, absent []string
	for _, p := range r.probeAll() {
		for _, info := range p.Infos {
			there = append(there, fmt.Sprintf("%s (%s)", info.Selector(), info.Name))
		}
		if len(p.Infos) == 0 {
			reason := "no device"
			if p.Err != nil {
				reason = p.Err.Error()
			}
			absent = append(absent, fmt.Sprintf("%s (%s)", p.Driver, reason))
		}
	}
	text := "devices: " + strings.Join(there, ", ")
	if len(there) == 0 {
		text = "there are no devices"
	}
	if len(absent) > 0 {
		text += "; absent: " + strings.Join(absent, ", ")
	}
	return text
}

// tier is a device's class in the ranking, best first.
type tier int

const (
	tierGPU      tier = iota // real hardware that gives the oracle's bits
	tierCPU                  // our own CPU device
	tierByName               // gives other bits: only when named
	tierEmulated             // a GPU emulated on the CPU: only when named
)

func tierOf(i Info) tier {
	switch {
	case i.Software:
		return tierEmulated
	case !i.Reproducible:
		return tierByName
	case i.Driver == "cpu":
		return tierCPU
	}
	return tierGPU
}

// driverOrder ranks drivers that may offer the same hardware, the most direct
// first. Others come after them.
var driverOrder = []string{"cuda", "opencl", "opengl"}

func preference(driver string) int {
	if i := slices.Index(driverOrder, driver); i >= 0 {
		return i
	}
	return len(driverOrder)
}

// Rank returns the devices, best first: see the package comment. Among GPUs,
// CUDA comes before OpenCL and OpenGL, then the one with more compute units.
func Rank(infos []Info) []Info {
	out := slices.Clone(infos)
	slices.SortStableFunc(out, func(a, b Info) int {
		return cmp.Or(
			cmp.Compare(tierOf(a), tierOf(b)),
			cmp.Compare(preference(a.Driver), preference(b.Driver)),
			cmp.Compare(b.ComputeUnits, a.ComputeUnits),
			cmp.Compare(a.Ordinal, b.Ordinal),
		)
	})
	return out
}

// Best is the device to use when none is named. Emulated and irreproducible
// devices are never it.
func Best() (Info, error) { return drivers.best() }

func (r *registry) best() (Info, error) {
	var infos []Info
	for _, p := range r.probeAll() {
		infos = append(infos, p.Infos...)
	}
	if ranked := Rank(infos); len(ranked) > 0 && tierOf(ranked[0]) <= tierCPU {
		return ranked[0], nil
	}
	return Info{}, fmt.Errorf("choose a device: none to use unasked; %s", r.summary())
}
