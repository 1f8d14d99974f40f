package bench

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed report.html.tmpl
var reportHTML string

// page is what the template reads.
type page struct {
	*Report
	Rooflines  []figure
	Bars       []figure
	Crossovers []figure
}

// figure is a plot with its caption.
type figure struct {
	Title, Caption string
	*plot
	Bars []bar
}

// WriteHTML writes the report as one page that needs nothing else: tables, a roofline plot of each device, bars
// beside peers, and where a GPU overtakes the CPU. The plots are SVG, made by a template: there is no script.
func (r *Report) WriteHTML(w io.Writer) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"seconds": func(s float64) string { return engineering(s, "s") },
		"rate":    rateText,
		"times":   func(x float64) string { return fmt.Sprintf("%.2f×", x) },
		"percent": func(x *float64) string {
			if x == nil {
				return "–"
			}
			return fmt.Sprintf("%.0f%%", *x)
		},
		"text": func(s *string) string {
			if s == nil {
				return "unknown"
			}
			return *s
		},
	}).Parse(reportHTML)
	if err != nil {
		return fmt.Errorf("write the benchmark's page: %w", err)
	}
	p := page{Report: r, Crossovers: r.crossovers()}
	for i := range r.Runs {
		if f, ok := r.Runs[i].roofline(); ok {
			p.Rooflines = append(p.Rooflines, f)
		}
		if f, ok := r.Runs[i].peerBars(); ok {
			p.Bars = append(p.Bars, f)
		}
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("write the benchmark's page: %w", err)
	}
	return nil
}

// rateText is a rate in billions of a unit a second, or a dash.
func rateText(x *float64, unit string) string {
	if x == nil {
		return "–"
	}
	return engineering(*x, unit)
}
