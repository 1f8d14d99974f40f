package oracle

import (
	"math"
	"slices"

	"github.com/quern-go/quern/kernels"
)

// runScan works on the values along the last axis, for each point of the others.
func (r *run) runScan(s *kernels.Scan) {
	axes := len(r.args.Shape)
	if axes == 0 {
		r.fail("scan: no axis to work along")
		return
	}
	if !r.begin(s, axes) {
		return
	}
	n := r.args.Shape[axes-1]
	forEach(r.args.Shape[:axes-1], func(outer []int) {
		values := make([]uint64, n)
		for i := range values {
			values[i] = r.load(0, append(slices.Clone(outer), i))
		}
		for i, bits := range r.scan(s, values) {
			r.store(append(slices.Clone(outer), i), []uint64{bits})
		}
	})
}

func (r *run) scan(s *kernels.Scan, values []uint64) []uint64 {
	t := s.Ins[0]
	switch s.Kind {
	case kernels.ScanPrefix:
		return prefixes(kernels.Acc{Type: t, Combine: s.Combine}, values)
	case kernels.ScanArgSort:
		return argSort(t, values)
	case kernels.ScanHistogram:
		return r.histogram(t, values)
	}
	sorted := slices.Clone(values)
	slices.SortStableFunc(sorted, func(x, y uint64) int {
		if c := compare(t, x, y); c != 0 {
			return c
		}
		return int(y>>(8*t.Size()-1)) - int(x>>(8*t.Size()-1)) // −0 below +0
	})
	if s.Kind == kernels.ScanSort {
		return sorted
	}
	var selected []uint64
	for _, rank := range r.args.Params {
		if rank >= uint64(len(sorted)) {
			r.fail("scan: rank %d of %d values", int64(rank), len(sorted))
			return nil
		}
		if last := len(sorted) - 1; math.IsNaN(toFloat(t, sorted[last])) {
			rank = uint64(last)
		}
		selected = append(selected, sorted[rank])
	}
	return selected
}

// prefixes combines every value with those before it, in the canonical order.
func prefixes(acc kernels.Acc, values []uint64) []uint64 {
	combine := func(x, y uint64) uint64 {
		return acc.Combine.Apply(acc.Type, kernels.Partial{Bits: x}, kernels.Partial{Bits: y}).Bits
	}
	out := slices.Clone(values)
	var lasts []uint64 // of the blocks
	for block := range slices.Chunk(out, kernels.ScanBlock) {
		for i := 1; i < len(block); i++ {
			block[i] = combine(block[i-1], block[i])
		}
		lasts = append(lasts, block[len(block)-1])
	}
	if len(lasts) <= 1 {
		return out
	}
	before := prefixes(acc, lasts[:len(lasts)-1])
	for i := kernels.ScanBlock; i < len(out); i++ {
		out[i] = combine(before[i/kernels.ScanBlock-1], out[i])
	}
	return out
}

// compare orders values with NaNs above everything; zeros are equal.
func compare(t kernels.DType, x, y uint64) int {
	a, b := toFloat(t, x), toFloat(t, y)
	switch {
	case a < b || a == a && b != b:
		return -1
	case a > b || a != a && b == b:
		return 1
	}
	return 0
}

func toFloat(t kernels.DType, bits uint64) float64 {
	if t == kernels.F32 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

func argSort(t kernels.DType, values []uint64) []uint64 {
	out := make([]uint64, len(values))
	for i := range out {
		out[i] = uint64(i)
	}
	slices.SortStableFunc(out, func(i, j uint64) int { return compare(t, values[i], values[j]) })
	return out
}

// histogram counts the values between each edge and the next.
func (r *run) histogram(t kernels.DType, values []uint64) []uint64 {
	counts := make([]uint64, int64(r.args.Params[0]))
	edges := make([]float64, len(counts)+1)
	gather := kernels.Inst{Op: kernels.OpGather, Type: t, Imm: 1}
	for i := range edges {
		edges[i] = toFloat(t, r.gather(&gather, uint64(i)))
	}
	for _, bits := range values {
		x := toFloat(t, bits)
		if !(edges[0] <= x && x <= edges[len(counts)]) {
			continue
		}
		first, end := 0, len(counts)
		for end-first > 1 {
			if middle := (first + end) / 2; edges[middle] <= x {
				first = middle
			} else {
				end = middle
			}
		}
		counts[first]++
	}
	return counts
}
