package gemm

import (
	"math"
	"unsafe"
)

// The portable kernels: 4×4 tiles in plain Go.
const genericTile = 4

type genericRow[T Float] [genericTile]T

type genericAcc[T Float] [genericTile]genericRow[T]

var kernels32Generic = [numTerms]kernels[float32]{
	FMA:        genericKernels(fmaGeneric32),
	SqDiff:     genericKernels(sqdiffGeneric32),
	AbsDiff:    genericKernels(absdiffGeneric[float32]),
	MaxAbsDiff: genericKernels(maxabsdiffGeneric[float32]),
	CubeDiff:   genericKernels(cubediffGeneric32),
	NotEqual:   genericKernels(notequalGeneric[float32]),
	Canberra:   genericKernels(canberraGeneric[float32]),
}

var kernels64Generic = [numTerms]kernels[float64]{
	FMA:        genericKernels(fmaGeneric64),
	SqDiff:     genericKernels(sqdiffGeneric64),
	AbsDiff:    genericKernels(absdiffGeneric[float64]),
	MaxAbsDiff: genericKernels(maxabsdiffGeneric[float64]),
	CubeDiff:   genericKernels(cubediffGeneric64),
	NotEqual:   genericKernels(notequalGeneric[float64]),
	Canberra:   genericKernels(canberraGeneric[float64]),
}

// genericKernels builds a set around a function that advances a full tile.
func genericKernels[T Float](advance func(acc *genericAcc[T], a, b []T)) kernels[T] {
	k := kernels[T]{
		rows: genericTile, cols: genericTile, stride: genericTile, lanes: genericTile,
		transpose: transposeGeneric[T], copyA: copyGeneric[T], copyB: copyGeneric[T],
	}
	for rows := 1; rows <= genericTile; rows++ {
		k.micro = append(k.micro, func(k int, a, b *T, ldb int, c *T, ldc, cols int, cont bool) {
			var acc genericAcc[T]
			cs := unsafe.Slice(c, (rows-1)*ldc+cols)
			if cont {
				for i := range rows {
					copy(acc[i][:cols], cs[i*ldc:])
				}
			}
			as, bs := unsafe.Slice(a, k*genericTile), unsafe.Slice(b, (k-1)*ldb+genericTile)
			if ldb == genericTile {
				advance(&acc, as, bs)
			} else {
				for p := range k {
					advance(&acc, as[p*genericTile:][:genericTile], bs[p*ldb:][:genericTile])
				}
			}
			for i := range rows {
				copy(cs[i*ldc:][:cols], acc[i][:])
			}
		})
	}
	return k
}

func transposeGeneric[T Float](dst *T, ds int, src *T, ss int, rows, k int) {
	d := unsafe.Slice(dst, (k-1)*ds+rows)
	for i := range rows {
		s := unsafe.Slice((*T)(unsafe.Add(unsafe.Pointer(src), i*ss*int(unsafe.Sizeof(*src)))), k)
		for p, x := range s {
			d[p*ds+i] = x
		}
	}
}

func copyGeneric[T Float](dst *T, ds int, src *T, ss int, cols, k int) {
	d := unsafe.Slice(dst, (k-1)*ds+cols)
	for p := range k {
		s := unsafe.Slice((*T)(unsafe.Add(unsafe.Pointer(src), p*ss*int(unsafe.Sizeof(*src)))), cols)
		copy(d[p*ds:], s)
	}
}

func fmaGeneric32(acc *genericAcc[float32], a, b []float32) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[float32])(b)
		for i, x := range (*genericRow[float32])(a) {
			row := &acc[i]
			for j := range row {
				// As in fma32, spelled out because that is too large to be inlined.
				s := float64(x)*float64(y[j]) + float64(row[j])
				if mayTie32(s) {
					row[j] = fma32(x, y[j], row[j])
				} else {
					row[j] = float32(s)
				}
			}
		}
	}
}

func fmaGeneric64(acc *genericAcc[float64], a, b []float64) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[float64])(b)
		for i, x := range (*genericRow[float64])(a) {
			row := &acc[i]
			for j := range row {
				row[j] = math.FMA(x, y[j], row[j])
			}
		}
	}
}

func sqdiffGeneric32(acc *genericAcc[float32], a, b []float32) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[float32])(b)
		for i, x := range (*genericRow[float32])(a) {
			row := &acc[i]
			for j := range row {
				d := x - y[j]
				s := float64(d)*float64(d) + float64(row[j])
				if mayTie32(s) {
					row[j] = fma32(d, d, row[j])
				} else {
					row[j] = float32(s)
				}
			}
		}
	}
}

func sqdiffGeneric64(acc *genericAcc[float64], a, b []float64) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[float64])(b)
		for i, x := range (*genericRow[float64])(a) {
			row := &acc[i]
			for j := range row {
				d := x - y[j]
				row[j] = math.FMA(d, d, row[j])
			}
		}
	}
}

func absdiffGeneric[T Float](acc *genericAcc[T], a, b []T) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[T])(b)
		for i, x := range (*genericRow[T])(a) {
			row := &acc[i]
			for j := range row {
				row[j] += abs(x - y[j])
			}
		}
	}
}

func maxabsdiffGeneric[T Float](acc *genericAcc[T], a, b []T) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[T])(b)
		for i, x := range (*genericRow[T])(a) {
			row := &acc[i]
			for j := range row {
				row[j] = max(row[j], abs(x-y[j]))
			}
		}
	}
}

func cubediffGeneric32(acc *genericAcc[float32], a, b []float32) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[float32])(b)
		for i, x := range (*genericRow[float32])(a) {
			row := &acc[i]
			for j := range row {
				d := abs(x - y[j])
				dd := d * d
				s := float64(dd)*float64(d) + float64(row[j])
				if mayTie32(s) {
					row[j] = fma32(dd, d, row[j])
				} else {
					row[j] = float32(s)
				}
			}
		}
	}
}

func cubediffGeneric64(acc *genericAcc[float64], a, b []float64) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[float64])(b)
		for i, x := range (*genericRow[float64])(a) {
			row := &acc[i]
			for j := range row {
				d := abs(x - y[j])
				row[j] = math.FMA(float64(d*d), d, row[j])
			}
		}
	}
}

func notequalGeneric[T Float](acc *genericAcc[T], a, b []T) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[T])(b)
		for i, x := range (*genericRow[T])(a) {
			row := &acc[i]
			for j := range row {
				if x != y[j] {
					row[j]++
				}
			}
		}
	}
}

func canberraGeneric[T Float](acc *genericAcc[T], a, b []T) {
	for ; len(a) >= genericTile && len(b) >= genericTile; a, b = a[genericTile:], b[genericTile:] {
		y := (*genericRow[T])(b)
		for i, x := range (*genericRow[T])(a) {
			row := &acc[i]
			for j := range row {
				if d := abs(x) + abs(y[j]); d != 0 {
					row[j] += abs(x-y[j]) / d
				}
			}
		}
	}
}

func abs[T Float](x T) T { return max(x, -x) }

// fma32 is the correctly rounded float32 x·y + z. The product is exact in float64.
// Rounding the sum to float64 and again to float32 errs only where the first
// rounding lands on a tie of the second, or where float32 is denormal and its ties
// lie elsewhere. There the sum is first rounded to odd: an inexact sum with an even
// last bit moves one step towards the exact value, and no tie is left that was not
// one (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved
// algorithms using rounding to odd", IEEE Trans. Computers 57(4), 2008).
func fma32(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	if mayTie32(s) {
		s = roundToOdd(p, c, s)
	}
	return float32(s)
}

// mayTie32 reports whether a rounded s could be a tie, or something next to one,
// for the rounding to float32: true for what is exactly half-way between two
// normal numbers and for everything below them.
func mayTie32(s float64) bool {
	const dropped = 1<<29 - 1             // bits of a float64 that a normal float32 has not
	const normal = uint64(1023-126) << 53 // the bits of 2⁻¹²⁶, its sign shifted out
	b := math.Float64bits(s)
	return b&dropped == 1<<28 || b<<1 < normal
}

// roundToOdd returns p + c rounded to odd, given s, which is p + c rounded to
// nearest. All are finite.
func roundToOdd(p, c, s float64) float64 {
	// TwoSum (Knuth): s + e is exactly p + c.
	t := s - p
	e := (p - (s - t)) + (c - t)
	b := math.Float64bits(s)
	switch {
	case e == 0 || b&1 == 1:
		return s
	case (e > 0) == (s > 0):
		return math.Float64frombits(b + 1)
	default:
		return math.Float64frombits(b - 1)
	}
}
