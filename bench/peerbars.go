package bench

import (
	"fmt"
	"math"
)

// bar is the ratio of a peer's time to Quern's, from the middle line to one side.
type bar struct {
	Label, Text, Class, Title string
	Y, X, Width, TextX        float64
}

// Sizes of the bars, in pixels.
const (
	barHeight = 22
	barLeft   = 480 // of the area
	barRight  = 1000
	barWidth  = 1060
)

// peerBars shows every peer beside Quern: to the right Quern is faster, to the left the peer.
func (r *Run) peerBars() (figure, bool) {
	least, most := 0.5, 2.0
	count := 0
	for _, res := range r.Results {
		for _, p := range res.Peers {
			least, most = min(least, p.Ratio.OfMedians), max(most, p.Ratio.OfMedians)
			count++
		}
	}
	if count == 0 {
		return figure{}, false
	}
	p := &plot{Width: barWidth, Height: float64(count+2) * barHeight, Left: barLeft, Right: barRight, Top: 0}
	p.Bottom = p.Height - barHeight
	p.x = logScale{least, most, p.Left, p.Right}
	for _, ratio := range []float64{0.01, 0.1, 0.5, 1, 2, 10, 100} {
		if ratio >= least && ratio <= most {
			p.XTicks = append(p.XTicks, tick{round(p.x.at(ratio)), fmt.Sprintf("%g×", ratio)})
		}
	}
	f := figure{
		Title:   "Beside peers: " + r.Device.String(),
		Caption: "How many times as long the peer takes for the same work, by medians of samples taken in turn. Right of 1× Quern is faster.",
		plot:    p,
	}
	for _, res := range r.Results {
		for _, beside := range res.Peers {
			f.Bars = append(f.Bars, p.bar(len(f.Bars), res.Name, beside))
		}
	}
	return f, true
}

func (p *plot) bar(row int, workload string, b Beside) bar {
	middle, end := p.x.at(1), p.x.at(b.Ratio.OfMedians)
	class := "ahead"
	if end < middle {
		class = "behind"
	}
	return bar{
		Label: workload + " · " + b.Peer, Text: fmt.Sprintf("%.2f×", b.Ratio.OfMedians), Class: class,
		Title: fmt.Sprintf("%s, %s: %s", workload, b.Peer, engineering(b.Time.MedianSeconds, "s")),
		Y:     float64(row) * barHeight, X: round(min(middle, end)), Width: round(math.Abs(end - middle)), TextX: round(max(middle, end)) + 5,
	}
}
