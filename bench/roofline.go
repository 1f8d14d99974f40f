package bench

import "fmt"

// roofline plots what the workloads reach over how many operations they do for each byte, below the peaks that were
// measured beside them (Williams, Waterman and Patterson, Communications of the ACM, 2009).
func (r *Run) roofline() (figure, bool) {
	roofs := make(map[Limit]float64)
	for _, p := range r.Peaks {
		roofs[p.Limit] = max(roofs[p.Limit], p.rate())
	}
	memory, compute := max(roofs[Streaming], roofs[Reading]), max(roofs[FMA32], roofs[FMA64])
	var points []point
	var results []*Result
	for i := range r.Results {
		if res := &r.Results[i]; res.Bytes != nil && res.Flops != nil {
			points = append(points, point{*res.Flops / *res.Bytes, *res.FlopsPerSecond})
			results = append(results, res)
		}
	}
	if len(points) == 0 {
		return figure{}, false
	}
	space := points
	if compute > 0 {
		space = append(space[:len(space):len(space)], point{points[0].x, compute})
	}
	p := newPlot("operations to a byte of memory", "operations a second", space)
	for _, roof := range []struct {
		limit Limit
		label string
	}{{FMA32, "float32 fma"}, {FMA64, "float64 fma"}} {
		if peak := roofs[roof.limit]; peak > 0 {
			p.line("roof", fmt.Sprintf("%s, %s", roof.label, engineering(peak, "FLOP/s")), point{p.x.low, peak}, point{p.x.high, peak})
		}
	}
	if memory > 0 {
		p.slope(memory)
	}
	for i, res := range results {
		p.dot(res.DType, fmt.Sprintf("%s: %s at %.3g operations to a byte", res.Name, engineering(points[i].y, "FLOP/s"), points[i].x), points[i])
	}
	return figure{
		Title:   "Roofline: " + r.Device.String(),
		Caption: "Each dot is a workload (blue: float32, brown: float64; point at it for its name), each line a peak measured in the same run. Dots above the slope work in the caches.",
		plot:    p,
	}, true
}

// slope draws what memory allows: as many operations as come with its bytes.
func (p *plot) slope(bytesPerSecond float64) {
	from := max(p.x.low, p.y.low/bytesPerSecond)
	to := min(p.x.high, p.y.high/bytesPerSecond)
	if from < to {
		p.line("roof", "memory, "+engineering(bytesPerSecond, "B/s"), point{from, from * bytesPerSecond}, point{to, to * bytesPerSecond})
	}
}
