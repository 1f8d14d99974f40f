package mathfn

import (
	"fmt"
	"math/bits"
	"sync"

	"github.com/quern-go/quern/kernels"
)

// SobolDimensions is how many dimensions of Sobol's sequence there are.
const SobolDimensions = 128

// SobolBits is the resolution of a coordinate, and how many points there are, as a
// power of two.
const SobolBits = 32

// sobolTables are the directions of each dimension: entry k, of 32 bits, belongs to
// bit k of the point's number.
var sobolTables = sync.OnceValue(func() (tables [SobolDimensions]*kernels.Table) {
	for d := range tables {
		t := &kernels.Table{Name: fmt.Sprintf("sobol directions %d", d), Type: kernels.U32, Bits: make([]uint64, SobolBits)}
		if d == 0 {
			for k := range t.Bits {
				t.Bits[k] = 1 << (SobolBits - 1 - k) // van der Corput's sequence
			}
		} else {
			sobolRows[d-1].directions(t.Bits)
		}
		tables[d] = t
	}
	return tables
})

// directions extends the first numbers by the recurrence of the polynomial (P.
// Bratley and B. L. Fox, "Algorithm 659", ACM TOMS 14, 1988).
func (r *sobolRow) directions(out []uint64) {
	degree := bits.Len32(r.polynomial) - 1
	m := make([]uint64, len(out))
	for k := range m {
		if k < degree {
			m[k] = uint64(r.first[k])
		} else {
			m[k] = m[k-degree] ^ m[k-degree]<<degree
			for j := 1; j < degree; j++ {
				if r.polynomial>>(degree-j)&1 == 1 {
					m[k] ^= m[k-j] << j
				}
			}
		}
		out[k] = m[k] << (SobolBits - 1 - k)
	}
}

// sobolLoop goes over the lowest bits of a number (U32) and takes the direction of
// each that is set into the state.
func sobolLoop(dimension, width int) (*kernels.Loop, error) {
	b := kernels.NewBuilder()
	step, x, number := b.Arg(0, kernels.U64), b.Arg(1, kernels.U32), b.Arg(2, kernels.U32)
	bit := b.And(b.ShrBy(number, b.Convert(kernels.U32, step)), b.Int(kernels.U32, 1))
	direction := b.Lookup(sobolTables()[dimension], step)
	body, err := b.Build(b.Xor(x, b.And(b.Neg(bit), direction)))
	params := []kernels.DType{kernels.U64, kernels.U32, kernels.U32}
	return &kernels.Loop{Steps: uint64(width), States: 1, Params: params, Body: body}, err
}

// Sobol is coordinate number dimension, from 0, of a point of Sobol's sequence with
// a digital shift, as a float64 in (0, 1): the number of the point (U64), in binary
// rather than Gray code's order, has at most width bits; shift (U32) is exclusive-ored
// to the coordinate's 32 bits, of which the middle of the interval of width 2^-32 is
// taken.
func Sobol(b *kernels.Builder, dimension, width int, point, shift kernels.Value) (kernels.Value, error) {
	l, err := sobolLoop(dimension, width)
	if err != nil {
		return kernels.NoValue, err
	}
	x := b.Xor(b.Loop(l, 0, b.Int(kernels.U32, 0), b.Convert(kernels.U32, point)), shift)
	half := b.Float(kernels.F64, 0.5)
	return b.Mul(b.Add(b.Convert(kernels.F64, x), half), b.Float(kernels.F64, 0x1p-32)), nil
}
