package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// newTable is a table with a line under its heading and no frame.
func newTable(heading ...any) table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true}
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = "  "
	style.Format.Header = text.FormatDefault
	t.SetStyle(style)
	t.AppendHeader(heading)
	return t
}

// renderTable is the table without the spaces that pad its last column.
func renderTable(t table.Writer) string {
	lines := strings.Split(t.Render(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// rightAligned configures columns of numbers, counted from 1.
func rightAligned(columns ...int) []table.ColumnConfig {
	var configs []table.ColumnConfig
	for _, c := range columns {
		configs = append(configs, table.ColumnConfig{Number: c, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	return configs
}

func showSeconds(s float64) string { return showDuration(time.Duration(s * 1e9)) }

// showCount prints a large number with three digits and a prefix: 2.35 G.
func showCount(x float64) string {
	for _, prefix := range []struct {
		factor float64
		name   string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if x >= prefix.factor {
			return fmt.Sprintf("%.3g %s", x/prefix.factor, prefix.name)
		}
	}
	return fmt.Sprintf("%.3g ", x)
}
