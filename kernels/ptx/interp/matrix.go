package interp

import (
	"fmt"
	"math"
	"strings"
)

// matrixShape is a form of mma.sync: d = a·b + c for a of 16 rows and depth columns
// and b of 8 columns, by the threads of a warp, each of which has some elements.
type matrixShape struct {
	depth    int
	a, b, d  int  // registers of a, of b and of the result
	double   bool // of float64, see multiply64
	block    int  // products added to the accumulator at a time
	elements func(register uint64) []float64
}

// matrixShapes are the forms by their name.
var matrixShapes = map[string]*matrixShape{
	"m16n8k8.row.col.f32.tf32.tf32.f32":  {depth: 8, a: 4, b: 2, d: 4, block: 4, elements: tf32Of},
	"m16n8k16.row.col.f32.bf16.bf16.f32": {depth: 16, a: 4, b: 2, d: 4, block: 8, elements: bf16Of},
	"m8n8k4.row.col.f64.f64.f64.f64.rn":  {depth: 4, a: 1, b: 1, d: 2, double: true},
	"m16n8k4.row.col.f64.f64.f64.f64.rn": {depth: 4, a: 2, b: 1, d: 4, double: true},
	"m16n8k8.row.col.f64.f64.f64.f64.rn": {depth: 8, a: 4, b: 2, d: 4, double: true},
}

// tf32Of is the element of a register: the low 13 bits are not looked at.
func tf32Of(r uint64) []float64 {
	return []float64{float64(math.Float32frombits(uint32(r) &^ 0x1fff))}
}

// bf16Of are the two elements of a register, the lower half first.
func bf16Of(r uint64) []float64 {
	return []float64{float64(math.Float32frombits(uint32(r) << 16)), float64(math.Float32frombits(uint32(r) &^ 0xffff))}
}

// decodeMatrix reads "mma.sync.aligned.<shape> {d}, {a}, {b}, {c}".
func (p *parser) decodeMatrix(in *inst, name string, args []string) error {
	in.matrix = matrixShapes[strings.TrimPrefix(name, "mma.sync.aligned.")]
	if in.matrix == nil || len(args) != 4 {
		return fmt.Errorf("unknown matrix product")
	}
	in.op = opMatrix
	for i, want := range []int{in.matrix.d, in.matrix.a, in.matrix.b, in.matrix.d} {
		list := strings.Split(strings.Trim(args[i], "{}"), ",")
		if len(list) != want {
			return fmt.Errorf("%d registers, expected %d", len(list), want)
		}
		for _, a := range list {
			at, ok := p.f.slots[strings.TrimSpace(a)]
			if !ok {
				return fmt.Errorf("%s is no register", a)
			}
			in.list = append(in.list, at)
		}
	}
	return nil
}

// multiply does mma.sync for a whole warp. Thread t has rows t/4 and t/4+8 of a at
// columns that depend on t%4, column t/4 of b, and of d the columns 2(t%4) and the
// next in those rows (PTX ISA, "Matrix Fragments for mma.m16n8k8" and
// "mma.m16n8k16").
func multiply(threads []thread, in *inst) {
	s := in.matrix
	var a [16][16]float64 // row, k
	var b [8][16]float64  // column, k
	for i := range threads {
		regs := threads[i].regs
		row, at := i/4, i%4
		for r := range s.a {
			for e, v := range s.elements(regs[in.list[4+r]]) {
				a[row+8*(r%2)][s.position(at, r/2, e)] = v
			}
		}
		for r := range s.b {
			for e, v := range s.elements(regs[in.list[4+s.a+r]]) {
				b[row][s.position(at, r, e)] = v
			}
		}
	}
	for i := range threads {
		regs := threads[i].regs
		for r := range 4 {
			c := math.Float32frombits(uint32(regs[in.list[4+s.a+s.b+r]]))
			sum := s.chain(a[i/4+8*(r/2)][:s.depth], b[i%4*2+r%2][:s.depth], c)
			regs[in.list[r]] = uint64(math.Float32bits(sum))
		}
	}
}

// position is where along k element e of a register lies, of the first half of the
// depth or of the second.
func (s *matrixShape) position(at, half, e int) int {
	perRegister := s.depth / 8
	return half*s.depth/2 + at*perRegister + e
}

// chain adds the products of a row and a column to c, a block at a time.
func (s *matrixShape) chain(a, b []float64, c float32) float32 {
	for first := 0; first < s.depth; first += s.block {
		terms := make([]float64, 0, 9)
		terms = append(terms, float64(c))
		for k := first; k < first+s.block; k++ {
			terms = append(terms, a[k]*b[k]) // exact
		}
		c = addAligned(terms)
	}
	return c
}

// addAligned is the sum of exact products and an accumulator as tensor units form it
// at their worst (M. Fasi, N. J. Higham, M. Mikaitis, S. Pranesh, "Numerical behavior
// of NVIDIA tensor cores", PeerJ Computer Science 7:e330, 2021): every term is cut
// off, towards zero, at the 24 bits below the exponent of the largest; their sum is
// cut off to 24 bits again. Hardware keeps up to three bits more and may add in other
// blocks, so its results differ from these in the last bits, within the same bound.
func addAligned(terms []float64) float32 {
	top, plain := math.Inf(-1), 0.0
	for _, t := range terms {
		plain += t
		if t != 0 {
			top = max(top, math.Logb(t))
		}
	}
	if math.IsNaN(plain) || math.IsInf(plain, 0) || math.IsInf(top, -1) {
		return float32(plain)
	}
	quantum := math.Ldexp(1, max(int(top)-23, -149))
	sum := 0.0
	for _, t := range terms {
		sum += math.Trunc(t/quantum) * quantum // exact: few terms of 24 bits
	}
	return towardsZero(sum)
}

// towardsZero rounds to float32 without ever going up in magnitude.
func towardsZero(x float64) float32 {
	y := float32(x)
	if math.Abs(float64(y)) > math.Abs(x) {
		y = math.Nextafter32(y, 0)
	}
	return y
}

// roundTF32 is cvt.rna.tf32.f32: to 11 significant bits, ties away from zero.
func roundTF32(bits uint32) uint32 {
	if bits&0x7f800000 == 0x7f800000 {
		return bits // infinity or NaN
	}
	return (bits + 0x1000) &^ 0x1fff
}

// roundBF16 is an element of cvt.rn.bf16x2.f32: to 8 significant bits, ties to even.
func roundBF16(bits uint32) uint64 {
	if bits&0x7fffffff > 0x7f800000 {
		return 0x7fff // NaN
	}
	return uint64((bits + 0x7fff + bits>>16&1) >> 16)
}
