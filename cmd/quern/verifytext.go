package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// write prints the verdict on a device as a table.
func (v *verdict) write(w io.Writer) {
	quick := ""
	if v.Quick {
		quick = ", quick"
	}
	fmt.Fprintf(w, "%s: %s, %s%s\n\n", v.Device, v.Name, v.Platform, quick)
	t := newTable("Group", "Kernels", "Launches", "Values", "Time", "Result")
	for _, g := range v.Groups {
		t.AppendRow(table.Row{g.Name, g.Kernels, g.Launches, strings.TrimSpace(showCount(float64(g.Values))), showSeconds(g.Seconds), g.result()})
	}
	t.SetColumnConfigs(rightAligned(2, 3, 4, 5))
	fmt.Fprintln(w, renderTable(t))
	for _, f := range v.Skipped {
		fmt.Fprintf(w, "skipped %d, first %s: %s\n", f.Count, f.Check, oneLine(errors.New(f.Message)))
	}
	for _, f := range v.Failures {
		fmt.Fprintf(w, "FAILED %s:\n  %s\n", f.Check, strings.ReplaceAll(f.Message, "\n", "\n  "))
	}
	if len(v.Skipped)+len(v.Failures) > 0 {
		fmt.Fprintln(w)
	}
}

func (g *verifyGroup) result() string {
	switch {
	case !g.Passed:
		return "FAILED"
	case g.Skipped > g.Checks: // the group itself
		return "skipped"
	case g.Skipped > 0:
		return fmt.Sprintf("ok, %d of %d skipped", g.Skipped, g.Checks)
	}
	return "ok"
}

// writeSum prints what was done in all.
func (r *verifyReport) writeSum(w io.Writer) {
	kernels, launches, values := 0, 0, 0
	for _, v := range r.Devices {
		kernels, launches, values = kernels+v.Kernels, launches+v.Launches, values+v.Values
	}
	fmt.Fprintf(w, "The oracle's bits on every device verified (%d): %d kernels, %d launches, %s values compared in %s\n",
		len(r.Devices), kernels, launches, strings.TrimSpace(showCount(float64(values))), showSeconds(r.Seconds))
}
