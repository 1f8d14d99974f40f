package bench

import (
	"fmt"
	"math"
	"strings"
)

// plot is a chart with logarithmic axes, in pixels, for the page's template to draw.
type plot struct {
	Width, Height            float64
	Left, Right, Top, Bottom float64 // of the area inside of the axes
	XLabel, YLabel           string
	XTicks, YTicks           []tick
	Lines                    []polyline
	Dots                     []dot

	x, y logScale
}

// tick is a labelled position on an axis.
type tick struct {
	At    float64
	Label string
}

// polyline joins points; its label stands at LabelX, LabelY.
type polyline struct {
	Points, Class, Label string
	LabelX, LabelY       float64
}

// dot is a point that tells what it is when it is pointed at.
type dot struct {
	X, Y         float64
	Class, Title string
}

// point is a position in the units of the axes.
type point struct{ x, y float64 }

// logScale maps values from low to high, on a logarithmic axis, to pixels.
type logScale struct{ low, high, from, to float64 }

func (s logScale) at(v float64) float64 {
	return s.from + (s.to-s.from)*math.Log(v/s.low)/math.Log(s.high/s.low)
}

// newPlot makes room for points: whole powers of ten around them.
func newPlot(xLabel, yLabel string, points []point) *plot {
	p := &plot{Width: 860, Height: 480, Left: 90, Right: 840, Top: 30, Bottom: 430, XLabel: xLabel, YLabel: yLabel}
	x, y := logScale{math.Inf(1), 0, p.Left, p.Right}, logScale{math.Inf(1), 0, p.Bottom, p.Top}
	for _, q := range points {
		x.low, x.high = min(x.low, q.x), max(x.high, q.x)
		y.low, y.high = min(y.low, q.y), max(y.high, q.y)
	}
	p.x, p.XTicks = decades(x)
	p.y, p.YTicks = decades(y)
	return p
}

// decades widens a logScale to whole powers of ten and marks these.
func decades(s logScale) (logScale, []tick) {
	low, high := math.Floor(math.Log10(s.low)), math.Ceil(math.Log10(s.high))
	if low == high {
		high++
	}
	s.low, s.high = math.Pow(10, low), math.Pow(10, high)
	var ticks []tick
	for e := low; e <= high; e++ {
		v := math.Pow(10, e)
		ticks = append(ticks, tick{round(s.at(v)), engineering(v, "")})
	}
	return s, ticks
}

// round keeps a tenth of a pixel.
func round(pixels float64) float64 { return math.Round(pixels*10) / 10 }

func (p *plot) line(class, label string, points ...point) {
	var s strings.Builder
	for _, q := range points {
		fmt.Fprintf(&s, "%g,%g ", round(p.x.at(q.x)), round(p.y.at(q.y)))
	}
	last := points[len(points)-1]
	p.Lines = append(p.Lines, polyline{strings.TrimSpace(s.String()), class, label, round(p.x.at(last.x)) - 6, round(p.y.at(last.y)) - 6})
}

func (p *plot) dot(class, title string, at point) {
	p.Dots = append(p.Dots, dot{round(p.x.at(at.x)), round(p.y.at(at.y)), class, title})
}

// engineering prints a value with three digits and the prefix of its unit.
func engineering(v float64, unit string) string {
	prefixes := []string{"n", "µ", "m", "", "k", "M", "G", "T", "P"}
	const none = 3
	at := none
	for ; v != 0 && math.Abs(v) < 0.9995 && at > 0; at-- {
		v *= 1000
	}
	for ; math.Abs(v) >= 999.5 && at < len(prefixes)-1; at++ {
		v /= 1000
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g %s%s", v, prefixes[at], unit))
}
