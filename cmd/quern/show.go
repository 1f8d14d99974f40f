package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/quern-go/quern/internal/arrayfile"
)

// Arrays longer than summarise elements are printed with only edge rows and
// columns at each end of an axis, as NumPy does.
const (
	summarise = 1000
	edge      = 3
)

// writeArray prints an array the way NumPy does: nested brackets, columns
// aligned, long arrays shortened.
func writeArray[E arrayfile.Element](w io.Writer, shape []int, data []E) {
	p := printer[E]{short: len(data) > summarise}
	p.measure(shape, data)
	fmt.Fprintln(w, p.render(shape, data, 0))
	if p.short {
		fmt.Fprintf(w, "shape %v\n", shape)
	}
}

type printer[E arrayfile.Element] struct {
	short bool
	width int
}

// measure finds the widest element that will be printed.
func (p *printer[E]) measure(shape []int, data []E) {
	if len(shape) == 0 {
		p.width = max(p.width, len(format(data[0])))
		return
	}
	for _, i := range p.shown(shape[0]) {
		if i >= 0 {
			p.measure(shape[1:], part(shape, data, i))
		}
	}
}

// shown lists the positions of an axis to print; −1 stands for an ellipsis.
func (p *printer[E]) shown(n int) []int {
	var out []int
	for i := range n {
		switch {
		case !p.short || n <= 2*edge || i < edge || i >= n-edge:
			out = append(out, i)
		case i == edge:
			out = append(out, -1)
		}
	}
	return out
}

func part[E any](shape []int, data []E, i int) []E {
	step := len(data) / shape[0]
	return data[i*step : (i+1)*step]
}

func (p *printer[E]) render(shape []int, data []E, depth int) string {
	if len(shape) == 0 {
		return fmt.Sprintf("%*s", p.width, format(data[0]))
	}
	parts := []string{}
	for _, i := range p.shown(shape[0]) {
		if i < 0 {
			parts = append(parts, "...")
		} else {
			parts = append(parts, p.render(shape[1:], part(shape, data, i), depth+1))
		}
	}
	between := " "
	if len(shape) > 1 {
		between = strings.Repeat("\n", len(shape)-1) + strings.Repeat(" ", depth+1)
	} else if len(parts) > 10 {
		return "[" + wrapped(parts, depth+1) + "]"
	}
	return "[" + strings.Join(parts, between) + "]"
}

// lineWidth is where rows of numbers wrap.
const lineWidth = 88

func wrapped(parts []string, indent int) string {
	var s strings.Builder
	column := indent
	for i, part := range parts {
		switch {
		case i > 0 && column+1+len(part) > lineWidth:
			s.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		case i > 0:
			s.WriteByte(' ')
			column++
		}
		s.WriteString(part)
		column += len(part)
	}
	return s.String()
}

// format is the shortest text that reads back as the same number: positional
// where NumPy prints so, else with an exponent.
func format[E arrayfile.Element](x E) string {
	switch v := any(x).(type) {
	case float32:
		return formatFloat(float64(v), 32)
	case float64:
		return formatFloat(v, 64)
	default:
		return fmt.Sprint(v)
	}
}

func formatFloat(x float64, bits int) string {
	if a := math.Abs(x); a == 0 || a >= 1e-4 && a < 1e16 {
		return strconv.FormatFloat(x, 'f', -1, bits)
	}
	return strconv.FormatFloat(x, 'g', -1, bits)
}

// showDuration prints a time with three significant digits.
func showDuration(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 1e-6:
		return fmt.Sprintf("%.0f ns", s*1e9)
	case s < 1e-3:
		return fmt.Sprintf("%.3g µs", s*1e6)
	case s < 1:
		return fmt.Sprintf("%.3g ms", s*1e3)
	default:
		return fmt.Sprintf("%.3g s", s)
	}
}
