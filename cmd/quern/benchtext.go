package main

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/quern-go/quern/bench"
)

// benchText is the report as tables.
func benchText(r *bench.Report) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s, quern %s, commit %s, %s\n", r.Date, r.Version, r.Commit, r.GoVersion)
	s.WriteString(machineText(r.Machine) + "\n")
	for i := range r.Runs {
		s.WriteString(runText(&r.Runs[i]))
	}
	if r.Comparison != nil {
		s.WriteString(comparisonText(r.Comparison))
	}
	return s.String()
}

// machineText is what a reader must know of the machine, in one line.
func machineText(m bench.Machine) string {
	parts := []string{m.OS + "/" + m.Arch}
	if m.CPU != nil {
		parts = append(parts, *m.CPU)
	}
	switch {
	case m.Hypervisor != nil:
		parts = append(parts, "a virtual machine ("+*m.Hypervisor+")")
	case m.Virtual != nil && *m.Virtual:
		parts = append(parts, "a virtual machine")
	}
	if m.Governor != nil {
		parts = append(parts, "governor "+*m.Governor)
	}
	if m.LoadAverage1Min != nil {
		parts = append(parts, fmt.Sprintf("load %.2g", *m.LoadAverage1Min))
	}
	return strings.Join(parts, ", ")
}

// runText is what was measured on one device.
func runText(r *bench.Run) string {
	t := newTable("Workload", "Median", "±", "Best", "GB/s", "GFLOP/s", "Items/s", "Of peak", "Peak")
	group := ""
	for _, result := range r.Results {
		if group != "" && group != result.Group {
			t.AppendSeparator()
		}
		group = result.Group
		t.AppendRow(benchRow(result))
	}
	t.SetColumnConfigs(append(rightAligned(2, 3, 4, 5, 6, 7, 8),
		table.ColumnConfig{Number: 9, WidthMax: 32, WidthMaxEnforcer: text.WrapSoft}))
	return "\n" + r.Device.String() + "\n\n" + renderTable(t) + "\n" + peaksText(r) + besideText(r)
}

func benchRow(r bench.Result) table.Row {
	percent, peak := "–", r.NoPeak
	if r.PercentOfPeak != nil {
		percent, peak = fmt.Sprintf("%.0f%%", *r.PercentOfPeak), string(*r.Limit)
	}
	items := "–"
	if r.ItemsPerSecond != nil {
		items = showCount(*r.ItemsPerSecond) + r.Unit
	}
	name := r.Name
	if r.Precision != "" {
		name += " (" + r.Precision + ")"
	}
	return table.Row{name, showSeconds(r.Time.MedianSeconds), fmt.Sprintf("%.0f%%", 100*r.Time.MADSeconds/r.Time.MedianSeconds),
		showSeconds(r.Time.MinSeconds), billions(r.BytesPerSecond), billions(r.FlopsPerSecond), items, percent, peak}
}

func billions(x *float64) string {
	if x == nil {
		return "–"
	}
	return fmt.Sprintf("%.3g", *x*1e-9)
}

// peaksText lists the peaks that the percentages are of.
func peaksText(r *bench.Run) string {
	if len(r.Peaks) == 0 {
		return ""
	}
	t := newTable("Peak", "Measured beside", "By", "Best")
	for _, p := range r.Peaks {
		best := billions(p.FlopsPerSecond) + " GFLOP/s"
		if p.BytesPerSecond != nil {
			best = billions(p.BytesPerSecond) + " GB/s"
		}
		t.AppendRow(table.Row{p.Limit, p.Group, p.Source, best})
	}
	t.SetColumnConfigs(rightAligned(4))
	return renderTable(t)
}

// besideText sets the peers beside Quern, and says which are missing.
func besideText(r *bench.Run) string {
	t := newTable("Workload", "Peer", "Peer's median", "Quern's", "Quern is", "95% interval", "by best times")
	rows := 0
	for _, result := range r.Results {
		for _, p := range result.Peers {
			name := p.Peer
			if p.Differs != "" {
				name += " (another result: " + p.Differs + ")"
			}
			t.AppendRow(table.Row{result.Name, name, showSeconds(p.Time.MedianSeconds), showSeconds(result.Time.MedianSeconds),
				fmt.Sprintf("%.2f×", p.Ratio.OfMedians), intervalText(p.Ratio), fmt.Sprintf("%.2f×", p.Ratio.OfBest)})
			rows++
		}
	}
	var s strings.Builder
	if rows > 0 {
		t.SetColumnConfigs(rightAligned(3, 4, 5, 6, 7))
		s.WriteString("\n" + renderTable(t) + "Above 1× Quern is faster.\n")
	}
	for i, m := range r.Missing {
		if i == 0 {
			s.WriteString("\nMissing peers\n")
		}
		fmt.Fprintf(&s, "  %s: %s\n", m.Peer, m.Reason)
	}
	return s.String()
}

func intervalText(r bench.Ratio) string {
	if r.CI95Low == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f–%.2f", *r.CI95Low, *r.CI95High)
}

// comparisonText lists what has changed.
func comparisonText(c *bench.Comparison) string {
	var s strings.Builder
	fmt.Fprintf(&s, "\nCompared with %s, commit %s: %d slower, %d faster, %d unchanged (within %g%%, or the intervals overlap)\n",
		c.Date, c.Commit, c.Slower, c.Faster, len(c.Changes)-c.Slower-c.Faster, c.Threshold*100)
	if c.Note != "" {
		fmt.Fprintf(&s, "%s\n", c.Note)
	}
	t := newTable("Workload", "Device", "Before", "Now", "Now/before", "95% interval", "")
	rows := 0
	for _, change := range c.Changes {
		if change.Verdict != bench.Unchanged {
			t.AppendRow(table.Row{change.Workload, change.Device, showSeconds(change.OldSeconds), showSeconds(change.NewSeconds),
				fmt.Sprintf("%.2f×", change.Ratio.OfMedians), intervalText(change.Ratio), change.Verdict})
			rows++
		}
	}
	if rows > 0 {
		t.SetColumnConfigs(rightAligned(3, 4, 5, 6))
		s.WriteString(renderTable(t))
	}
	return s.String()
}
