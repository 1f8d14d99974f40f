package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quern-go/quern/cpu"
	"github.com/quern-go/quern/internal/machine"
)

// shown prints a value, or "unknown" for one that is not there.
func shown[T any](v *T) string {
	if v == nil {
		return "unknown"
	}
	return fmt.Sprint(*v)
}

// size prints bytes in binary units.
func size(bytes *int64) string {
	if bytes == nil {
		return "none"
	}
	x := float64(*bytes)
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		if x < 1024 {
			return fmt.Sprintf("%.4g %s", x, unit)
		}
		x /= 1024
	}
	return fmt.Sprintf("%.4g TiB", x)
}

func hertz(f *int64) string {
	if f == nil {
		return "unknown"
	}
	return fmt.Sprintf("%.2f GHz", float64(*f)*1e-9)
}

func hypervisor(m machine.Machine) string {
	switch {
	case m.OS.Virtual == nil:
		return "unknown"
	case !*m.OS.Virtual:
		return "none"
	case m.OS.Hypervisor == nil:
		return "virtual machine"
	}
	return *m.OS.Hypervisor
}

func caches(m machine.Machine) string {
	var parts []string
	for _, c := range m.CPU.Caches {
		kind := map[string]string{"data": "d", "instruction": "i"}[c.Kind]
		parts = append(parts, fmt.Sprintf("L%d%s %s × %d", c.Level, kind, size(&c.SizeBytes), c.Instances))
	}
	if len(parts) == 0 {
		return "unknown"
	}
	return strings.Join(parts, ", ")
}

func limit(l cpu.Limit) string {
	if l.CPUs == 0 {
		return "no limit: " + l.Detail
	}
	return fmt.Sprintf("%d: %s", l.CPUs, l.Detail)
}

func yesNo(yes bool, why string) string {
	if yes {
		return "yes"
	}
	return "no: " + why
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
