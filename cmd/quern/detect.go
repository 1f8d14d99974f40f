package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/cpu"
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/machine"
)

// detectReport is the JSON of quern detect.
type detectReport struct {
	SchemaVersion int             `json:"schema_version"`
	Version       versionReport   `json:"quern"`
	Machine       machine.Machine `json:"machine"`
	EffectiveCPUs cpu.Effective   `json:"effective_cpus"`
	Drivers       []driverReport  `json:"drivers"`
	Default       string          `json:"default_device"`
	DefaultReason string          `json:"default_reason"`
}

func newDetect(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "detect",
		Short: "Show the hardware, the drivers and the limits, and why something is absent",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r := survey(a.device)
			if a.json {
				return a.printJSON(r)
			}
			return writeDetect(a.out, r)
		},
	}
}

func survey(selector string) detectReport {
	r := detectReport{SchemaVersion: schemaVersion, Version: currentVersion(), Machine: machine.Detect(),
		EffectiveCPUs: cpu.EffectiveCPUs(0), Drivers: surveyDrivers()}
	r.Default, r.DefaultReason = defaultDevice(selector)
	return r
}

// defaultDevice says which device an evaluation would use and what decided it.
func defaultDevice(selector string) (name, reason string) {
	if selector != "" {
		return chosen(selector, "--device")
	}
	if env := device.DefaultSelector(); env != "" {
		return chosen(env, device.EnvDevice)
	}
	best, err := device.Best()
	if err != nil {
		return "none", err.Error()
	}
	return best.Selector(), "the best of the devices found"
}

// chosen is a device that the user has named, if it opens.
func chosen(selector, by string) (name, reason string) {
	dev, err := device.Open(selector)
	if err == nil {
		err = dev.Close()
	}
	if err != nil {
		return "none", fmt.Sprintf("%s: %v", by, err)
	}
	return selector, by
}

func writeDetect(w io.Writer, r detectReport) error {
	p := &page{w: w}
	m := r.Machine
	p.title("Machine")
	p.row("system", shown(m.OS.Release)+", kernel "+shown(m.OS.Kernel)+", "+m.OS.Name+"/"+m.OS.Arch)
	p.row("hypervisor", hypervisor(m))
	p.row("processor", shown(m.CPU.Model))
	p.row("cores", fmt.Sprintf("%s physical, %s logical, %s sockets, %s NUMA nodes",
		shown(m.CPU.PhysicalCores), shown(m.CPU.LogicalCPUs), shown(m.CPU.Sockets), shown(m.CPU.NUMANodes)))
	p.row("caches", caches(m))
	p.row("frequency", "base "+hertz(m.CPU.BaseFrequencyHz)+", maximum "+hertz(m.CPU.MaxFrequencyHz)+", now "+hertz(m.CPU.CurrentFrequencyHz))
	p.row("SIMD", strings.Join(m.CPU.SIMD, " "))
	p.row("memory", fmt.Sprintf("%s, %s available, control group limit %s", size(m.Memory.TotalBytes),
		size(m.Memory.AvailableBytes), size(m.Memory.CgroupLimit)))
	p.row("huge pages", shown(m.Memory.HugePages))
	p.row("load", fmt.Sprintf("%s %s %s", shown(m.Load.Over1Min), shown(m.Load.Over5Min), shown(m.Load.Over15Min)))
	for _, path := range sortedKeys(m.Unknown) {
		p.row("unknown", path+": "+m.Unknown[path])
	}
	p.title("Effective CPUs")
	p.row("in use", fmt.Sprintf("%d, limited by %s", r.EffectiveCPUs.CPUs, r.EffectiveCPUs.Reason.Source))
	for _, l := range r.EffectiveCPUs.All {
		p.row("  "+l.Source, limit(l))
	}
	for _, d := range r.Drivers {
		p.driver(d)
	}
	p.title("Default device")
	p.row(r.Default, r.DefaultReason)
	return p.err
}

// page prints titled groups of named facts and keeps the first write error.
type page struct {
	w     io.Writer
	begun bool
	err   error
}

func (p *page) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *page) title(s string) {
	if p.begun {
		p.printf("\n")
	}
	p.begun = true
	p.printf("%s\n", s)
}

func (p *page) row(name, value string) { p.printf("  %-22s %s\n", name, value) }

func (p *page) driver(d driverReport) {
	p.title("Driver " + d.Name)
	switch {
	case len(d.Devices) == 0 && d.Reason != nil:
		p.row("absent", *d.Reason)
	case d.Reason != nil:
		p.row("not working", *d.Reason)
	}
	for _, info := range d.Devices {
		p.row(info.Selector(), info.Name)
		if info.Platform != "" {
			p.row("  platform", info.Platform)
		}
		p.row("  compute units", fmt.Sprint(info.ComputeUnits))
		p.row("  memory", size(&info.MemoryBytes))
		if info.Software {
			p.row("  emulated", "on the CPU, more slowly than by the CPU device: used only when named")
		}
		p.row("  same bits", yesNo(info.Reproducible, info.NotReproducible))
		for _, detail := range info.Details {
			p.row("  "+detail.Name, detail.Value)
		}
	}
}
