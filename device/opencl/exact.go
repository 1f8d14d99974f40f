package opencl

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/internal/cache"
	"github.com/quern-go/quern/kernels"
)

// A device gives the oracle's bits if its compiler and its arithmetic keep to
// IEEE 754, whatever it says of itself. So Open has it compute cases on
// which the usual short cuts show: contracted multiplications, division by a
// reciprocal, square roots by Newton's method without the last correction, denormals taken for
// zero.

// exactCases is how many cases are computed of each operation.
const exactCases = 512

// bitsVerdict is what the cache holds for a device that gives the oracle's bits; for
// others it holds the reason.
const bitsVerdict = "same bits"

func (f *facts) verdictKey() string { return f.cacheKey("bits", f.buildOptions()) }

// probe is the device's description, with what an earlier Open found out.
func (d *discovery) probe(f *found, ordinal int, known Cache) device.Info {
	info := f.facts.info(ordinal, d.api.library)
	if verdict, ok := cache.Recall(known, f.facts.verdictKey()); ok {
		judge(&info, string(verdict))
	}
	return info
}

func judge(info *device.Info, verdict string) {
	info.Reproducible, info.NotReproducible = verdict == bitsVerdict, ""
	if !info.Reproducible {
		info.NotReproducible = verdict
	}
}

// checkBits finds out whether the device gives the oracle's bits. The error says
// that it could not even try.
func (d *Device) checkBits() error {
	key := d.found.facts.verdictKey()
	verdict, ok := cache.Recall(d.options.Cache, key)
	if !ok {
		text, err := d.computeVerdict()
		if err != nil {
			return fmt.Errorf("compute the cases that tell whether it is exact: %w", err)
		}
		verdict = []byte(text)
		cache.Remember(d.options.Cache, key, verdict)
	}
	judge(&d.info, string(verdict))
	return nil
}

// exactOps are the operations that are tried.
var exactOps = []struct {
	name  string
	build func(b *kernels.Builder, x, y, z kernels.Value) kernels.Value
}{
	{"x + y", func(b *kernels.Builder, x, y, _ kernels.Value) kernels.Value { return b.Add(x, y) }},
	{"x * y", func(b *kernels.Builder, x, y, _ kernels.Value) kernels.Value { return b.Mul(x, y) }},
	{"x * y + z", func(b *kernels.Builder, x, y, z kernels.Value) kernels.Value { return b.Add(b.Mul(x, y), z) }},
	{"fma(x, y, z)", func(b *kernels.Builder, x, y, z kernels.Value) kernels.Value { return b.FMA(x, y, z) }},
	{"x / y", func(b *kernels.Builder, x, y, _ kernels.Value) kernels.Value { return b.Div(x, y) }},
	{"sqrt(x)", func(b *kernels.Builder, x, _, _ kernels.Value) kernels.Value { return b.Sqrt(x) }},
}

// exactKernel computes every operation at every type: the inputs are x, y and z of
// each type.
func exactKernel(types []kernels.DType) (*kernels.Map, error) {
	b := kernels.NewBuilder()
	k := &kernels.Map{}
	var results []kernels.Value
	for i, t := range types {
		k.Ins = append(k.Ins, t, t, t)
		x, y, z := b.Load(3*i, t), b.Load(3*i+1, t), b.Load(3*i+2, t)
		for _, op := range exactOps {
			results = append(results, op.build(b, x, y, z))
		}
	}
	var err error
	k.Body, err = b.Build(results...)
	return k, err
}

func (d *Device) computeVerdict() (string, error) {
	types := []kernels.DType{kernels.F32}
	if d.info.Float64 {
		types = append(types, kernels.F64)
	}
	k, err := exactKernel(types)
	if err != nil {
		return "", err
	}
	ins := exactInputs(types)
	outs, err := d.runMap(k, ins, exactCases)
	if err != nil {
		return "", err
	}
	return compareExact(k, types, ins, outs), nil
}

// compareExact is bitsVerdict, or names the first case that differs.
func compareExact(k *kernels.Map, types []kernels.DType, ins, outs [][]byte) string {
	for i := range exactCases {
		want := k.Body.Eval(func(leaf *kernels.Inst) uint64 { return element(ins[leaf.Imm], leaf.Type, i) }, nil)
		for o := range outs {
			t := types[o/len(exactOps)]
			if got := element(outs[o], t, i); got != want[o] && !(isNaN(t, got) && isNaN(t, want[o])) {
				arg := func(n int) string {
					slot := o/len(exactOps)*3 + n
					return kernels.FormatBits(t, element(ins[slot], t, i))
				}
				return fmt.Sprintf("%s in %s is %s for x = %s, y = %s, z = %s; expected %s",
					exactOps[o%len(exactOps)].name, t, kernels.FormatBits(t, got),
					arg(0), arg(1), arg(2), kernels.FormatBits(t, want[o]))
			}
		}
	}
	return bitsVerdict
}

// exactInputs are x, y and z of each type.
func exactInputs(types []kernels.DType) [][]byte {
	var ins [][]byte
	for _, t := range types {
		for slot := range 3 {
			var p []byte
			for i := range exactCases {
				p = appendElement(p, t, exactCase(t, i)[slot])
			}
			ins = append(ins, p)
		}
	}
	return ins
}

// exactCase is the bits of x, y and z of case number i.
func exactCase(t kernels.DType, i int) [3]uint64 {
	mantissa, bias := uint(23), 127
	if t == kernels.F64 {
		mantissa, bias = 52, 1023
	}
	one := uint64(bias) << mantissa
	power := func(e int) uint64 { return uint64(bias+e) << mantissa }
	sign := uint64(1) << (mantissa + uint(len64(uint64(bias))) + 1)
	half := int(mantissa)/2 + 1
	known := [][3]uint64{
		// (1+ε)² − (1+2ε) is 0 unless the product is exact, as in fma.
		{one | 1<<(int(mantissa)-half), one | 1<<(int(mantissa)-half), sign | one | 2<<(int(mantissa)-half)},
		// Half a unit in the last place, less a little: rounding twice goes up.
		{power(-int(mantissa)-1) | 1, power(-1) | (1<<mantissa - 2), one | 1},
		{one, one | 1, one},             // a quotient close to 1
		{1, one, 1},                     // the smallest denormal
		{power(1 - bias), power(-1), 3}, // a product that becomes denormal
		{1<<mantissa - 1, power(0) | 1, sign | 1<<mantissa},     // the largest denormal
		{power(1 - bias), power(1), 0},                          // a quotient that becomes denormal
		{sign | 1<<(mantissa-1), power(3), 1<<(mantissa-2) - 1}, // negative, denormal
	}
	if i < len(known) {
		return known[i]
	}
	rng := rand.New(rand.NewPCG(uint64(i), uint64(mantissa)))
	random := func(spread int) uint64 {
		return power(rng.IntN(2*spread+1)-spread) | rng.Uint64()&(1<<mantissa-1)
	}
	if i%8 == 0 { // products and quotients about the smallest normal number
		return [3]uint64{power(-bias/2-rng.IntN(int(mantissa))) | rng.Uint64()&(1<<mantissa-1), power(-bias / 2), random(1)}
	}
	x, y := random(4), random(4)
	return [3]uint64{x, y, sign | productBits(t, x, y)}
}

// productBits is the rounded product: minus that, as an addend, leaves what
// contraction would keep.
func productBits(t kernels.DType, x, y uint64) uint64 {
	if t == kernels.F64 {
		return math.Float64bits(math.Float64frombits(x) * math.Float64frombits(y))
	}
	return uint64(math.Float32bits(math.Float32frombits(uint32(x)) * math.Float32frombits(uint32(y))))
}

func len64(x uint64) (n int) {
	for ; x != 0; x >>= 1 {
		n++
	}
	return n
}

func element(p []byte, t kernels.DType, i int) uint64 {
	if t == kernels.F64 {
		return binary.LittleEndian.Uint64(p[8*i:])
	}
	return uint64(binary.LittleEndian.Uint32(p[4*i:]))
}

func appendElement(p []byte, t kernels.DType, bits uint64) []byte {
	if t == kernels.F64 {
		return binary.LittleEndian.AppendUint64(p, bits)
	}
	return binary.LittleEndian.AppendUint32(p, uint32(bits))
}

func isNaN(t kernels.DType, bits uint64) bool {
	if t == kernels.F64 {
		return math.IsNaN(math.Float64frombits(bits))
	}
	x := math.Float32frombits(uint32(bits))
	return x != x
}

// runMap runs a kernel once over flat arrays of n elements and returns its
// outputs.
func (d *Device) runMap(k *kernels.Map, ins [][]byte, n int) ([][]byte, error) {
	prog, err := d.Compile(k)
	if err != nil {
		return nil, err
	}
	s, err := d.NewStream()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	args := &device.Args{Shape: []int{n}}
	operand := func(bytes int) (device.Operand, error) {
		b, err := d.Alloc(bytes)
		return device.Operand{Buffer: b, Strides: []int{1}}, err
	}
	for _, p := range ins {
		o, err := operand(len(p))
		if err != nil {
			return nil, err
		}
		defer o.Buffer.Release()
		args.Ins = append(args.Ins, o)
		if err := s.Upload(o.Buffer, p); err != nil {
			return nil, err
		}
	}
	outs := make([][]byte, len(k.Outs()))
	for i, t := range k.Outs() {
		outs[i] = make([]byte, n*t.Size())
		o, err := operand(len(outs[i]))
		if err != nil {
			return nil, err
		}
		defer o.Buffer.Release()
		args.Outs = append(args.Outs, o)
	}
	if err := s.Launch(prog, args); err != nil {
		return nil, err
	}
	for i := range outs {
		if err := s.Download(outs[i], args.Outs[i].Buffer); err != nil {
			return nil, err
		}
	}
	return outs, s.Sync(context.Background())
}
