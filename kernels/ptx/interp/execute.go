package interp

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/quern-go/quern/kernels"
)

// execute does one instruction other than those that move the thread.
func (t *thread) execute(in *inst, r []uint64) error {
	switch in.op {
	case opMov:
		r[in.dst] = narrow(in.t, r[in.a])
	case opUnpack:
		r[in.list[0]], r[in.list[1]] = r[in.a]&math.MaxUint32, r[in.a]>>32
	case opPack:
		r[in.dst] = r[in.list[0]]&math.MaxUint32 | r[in.list[1]]<<32
	case opSpecial:
		r[in.dst] = uint64([]int{t.number, t.group.number}[in.a])
	case opLoadParam:
		p := t.params[in.a]
		for i, d := range in.list {
			at := in.offset + int64(i)*int64(in.size)
			if at%int64(in.size) != 0 || at+int64(in.size) > int64(len(p)) {
				return fmt.Errorf("parameter read at %d, of %d bytes", at, len(p))
			}
			r[d] = get(p[at:], int(in.size))
		}
	case opLoadGlobal, opStoreGlobal, opLoadShared, opStoreShared:
		return t.access(in, r)
	case opSetp:
		r[in.dst] = truth(compare(in, r[in.a], r[in.b]))
	case opSelp:
		r[in.dst] = narrow(in.t, r[in.b])
		if r[in.c] != 0 {
			r[in.dst] = narrow(in.t, r[in.a])
		}
	case opCall:
		return t.call(in, r)
	case opCopyAsync, opCommit, opWait:
		return t.async(in, r)
	case opRoundTF32:
		r[in.dst] = uint64(roundTF32(uint32(r[in.a])))
	case opRoundBF16:
		r[in.dst] = roundBF16(uint32(r[in.a]))<<16 | roundBF16(uint32(r[in.b]))
	case opCvt, opRint, opFloor:
		r[in.dst] = convert(in, r[in.a])
	default:
		return t.arithmetic(in, r)
	}
	return nil
}

func (t *thread) arithmetic(in *inst, r []uint64) error {
	switch in.t {
	case f32:
		r[in.dst] = arithmetic32(in, r)
	case f64:
		r[in.dst] = arithmetic64(in, r)
	default:
		v, ok := integer(in, r)
		if !ok {
			return fmt.Errorf("instruction cannot be done for its type")
		}
		r[in.dst] = v
	}
	return nil
}

func truth(c bool) uint64 {
	if c {
		return 1
	}
	return 0
}

// narrow is the bits of a value that a type has.
func narrow(k kind, v uint64) uint64 {
	switch k {
	case pred:
		return v & 1
	case b32, u32, s32, f32:
		return v & math.MaxUint32
	}
	return v
}

func compare(in *inst, a, b uint64) bool {
	switch in.t {
	case f32:
		return related(in.rel, math.Float32frombits(uint32(a)), math.Float32frombits(uint32(b)))
	case f64:
		return related(in.rel, math.Float64frombits(a), math.Float64frombits(b))
	case s32:
		return related(in.rel, int32(a), int32(b))
	case s64:
		return related(in.rel, int64(a), int64(b))
	case u64, b64:
		return related(in.rel, a, b)
	}
	return related(in.rel, uint32(a), uint32(b))
}

func related[T int32 | uint32 | int64 | uint64 | float32 | float64](rel relation, a, b T) bool {
	switch rel {
	case eq:
		return a == b
	case ne: // of floats: false for NaN
		return a < b || a > b
	case lt:
		return a < b
	case le:
		return a <= b
	case gt:
		return a > b
	case ge:
		return a >= b
	case ltu:
		return !(a >= b)
	case gtu:
		return !(a <= b)
	}
	return a != a || b != b
}

// least and most are min and max of the plain instructions: a number if either is
// one, −0 below +0.
func least[T float32 | float64](a, b T) T {
	switch {
	case a != a:
		return b
	case b != b:
		return a
	}
	return min(a, b)
}

func most[T float32 | float64](a, b T) T {
	switch {
	case a != a:
		return b
	case b != b:
		return a
	}
	return max(a, b)
}

func arithmetic32(in *inst, r []uint64) uint64 {
	x := math.Float32frombits(uint32(r[in.a]))
	var y float32
	if in.b >= 0 {
		y = math.Float32frombits(uint32(r[in.b]))
	}
	var z float32
	switch in.op {
	case opAdd:
		z = x + y
	case opSub:
		z = x - y
	case opMul:
		z = x * y
	case opDiv:
		z = x / y
	case opFMA:
		z = kernels.FMA32(x, y, math.Float32frombits(uint32(r[in.c])))
	case opSqrt:
		z = float32(math.Sqrt(float64(x)))
	case opNeg:
		return (r[in.a] ^ 1<<31) & math.MaxUint32
	case opAbs:
		return r[in.a] &^ (1 << 31) & math.MaxUint32
	case opMin:
		z = least(x, y)
	case opMax:
		z = most(x, y)
	case opMinNaN:
		z = min(x, y)
	case opMaxNaN:
		z = max(x, y)
	}
	return uint64(math.Float32bits(z))
}

func arithmetic64(in *inst, r []uint64) uint64 {
	x := math.Float64frombits(r[in.a])
	var y float64
	if in.b >= 0 {
		y = math.Float64frombits(r[in.b])
	}
	var z float64
	switch in.op {
	case opAdd:
		z = x + y
	case opSub:
		z = x - y
	case opMul:
		z = x * y
	case opDiv:
		z = x / y
	case opFMA:
		z = math.FMA(x, y, math.Float64frombits(r[in.c]))
	case opSqrt:
		z = math.Sqrt(x)
	case opNeg:
		return r[in.a] ^ 1<<63
	case opAbs:
		return r[in.a] &^ (1 << 63)
	case opMin:
		z = least(x, y)
	case opMax:
		z = most(x, y)
	}
	return math.Float64bits(z)
}

// integer is the instructions on whole numbers, bits and predicates.
func integer(in *inst, r []uint64) (uint64, bool) {
	x := r[in.a]
	var y uint64
	if in.b >= 0 {
		y = r[in.b]
	}
	signed := in.t == s32 || in.t == s64
	switch in.op {
	case opAdd:
		x += y
	case opSub:
		x -= y
	case opMul:
		x *= y
	case opMad:
		x = x*y + r[in.c]
	case opMulHi:
		switch in.t {
		case u32:
			x = x * y >> 32
		case u64:
			x, _ = bits.Mul64(x, y)
		default:
			return 0, false
		}
	case opMulWide, opMadWide:
		if in.t != u32 {
			return 0, false
		}
		x = (x & math.MaxUint32) * (y & math.MaxUint32)
		if in.op == opMadWide {
			x += r[in.c]
		}
		return x, true
	case opDiv, opRem:
		if in.t != u32 && in.t != u64 || narrow(in.t, y) == 0 {
			return 0, false
		}
		x, y = narrow(in.t, x), narrow(in.t, y)
		if in.op == opDiv {
			x /= y
		} else {
			x %= y
		}
	case opNeg:
		x = -x
	case opMin, opMax:
		if signed {
			return 0, false
		}
		x, y = narrow(in.t, x), narrow(in.t, y)
		if (in.op == opMin) == (y < x) {
			x = y
		}
	case opAnd:
		x &= y
	case opOr:
		x |= y
	case opXor:
		x ^= y
	case opNot:
		x = ^x
	case opShl:
		x <<= y & math.MaxUint32 // Go gives 0 from 64 on, and narrow cuts from 32 on
	case opShr:
		x = shiftRight(in.t, x, y&math.MaxUint32)
	default:
		return 0, false
	}
	return narrow(in.t, x), true
}

func shiftRight(k kind, x, n uint64) uint64 {
	switch k {
	case s32:
		return uint64(uint32(int32(x) >> min(n, 31)))
	case s64:
		return uint64(int64(x) >> min(n, 63))
	case u32, b32:
		return x & math.MaxUint32 >> n
	}
	return x >> n
}

// convert is cvt.
func convert(in *inst, x uint64) uint64 {
	switch in.op {
	case opRint, opFloor:
		round := math.RoundToEven
		if in.op == opFloor {
			round = math.Floor
		}
		if in.t == f32 {
			return uint64(math.Float32bits(float32(round(float64(math.Float32frombits(uint32(x)))))))
		}
		return math.Float64bits(round(math.Float64frombits(x)))
	}
	switch in.from {
	case f32:
		return fromFloat(in.t, float64(math.Float32frombits(uint32(x))), false)
	case f64:
		return fromFloat(in.t, math.Float64frombits(x), true)
	case s32:
		return fromSigned(in.t, int64(int32(x)))
	case s64:
		return fromSigned(in.t, int64(x))
	case u32:
		x &= math.MaxUint32
	}
	switch in.t {
	case f32:
		return uint64(math.Float32bits(float32(x)))
	case f64:
		return math.Float64bits(float64(x))
	}
	return narrow(in.t, x)
}

func fromSigned(k kind, x int64) uint64 {
	switch k {
	case f32:
		return uint64(math.Float32bits(float32(x)))
	case f64:
		return math.Float64bits(float64(x))
	}
	return narrow(k, uint64(x))
}

// fromFloat is a float as another type; to an integer it truncates and saturates.
// NaN gives 0 from float32 to 32 bits, else the highest bit (PTX ISA, cvt).
func fromFloat(k kind, x float64, wide bool) uint64 {
	width := uint(8 * k.size())
	switch {
	case k == f32:
		return uint64(math.Float32bits(float32(x)))
	case k == f64:
		return math.Float64bits(x)
	case x != x && !wide && width == 32:
		return 0
	case x != x:
		return 1 << (width - 1)
	}
	x = math.Trunc(x)
	if k == s32 || k == s64 {
		limit := math.Ldexp(1, int(width)-1)
		switch {
		case x >= limit:
			return 1<<(width-1) - 1
		case x < -limit:
			return 1 << (width - 1)
		}
		return narrow(k, uint64(int64(x)))
	}
	switch {
	case x >= math.Ldexp(1, int(width)):
		return ^uint64(0) >> (64 - width)
	case x <= 0:
		return 0
	case x >= 1<<63:
		return uint64(x-(1<<63)) | 1<<63
	}
	return uint64(x)
}

// access is ld and st.
func (t *thread) access(in *inst, r []uint64) error {
	n := int(in.size) * len(in.list)
	addr := r[in.a] + uint64(in.offset)
	var p []byte
	var err error
	switch {
	case in.op == opLoadShared:
		p, err = t.shared.load(addr&math.MaxUint32, n, int16(t.number))
	case in.op == opStoreShared:
		p, err = t.shared.store(addr&math.MaxUint32, n, int16(t.number))
	case in.op == opLoadGlobal && addr >= globalBase:
		p, err = t.program.globals.read(addr, n)
	case in.op == opLoadGlobal:
		p, err = t.memory.load(addr, n, t.id)
	default:
		p, err = t.memory.store(addr, n, t.id)
	}
	if err != nil {
		return err
	}
	for i, reg := range in.list {
		at := p[i*int(in.size):]
		if in.op == opStoreGlobal || in.op == opStoreShared {
			put(at, int(in.size), r[reg])
		} else {
			r[reg] = get(at, int(in.size))
		}
	}
	return nil
}

// async is cp.async: the copy is made when it is waited for, so that whoever
// reads too early finds nothing there.
func (t *thread) async(in *inst, r []uint64) error {
	switch in.op {
	case opCommit:
		t.copies = append(t.copies, nil)
		return nil
	case opWait:
		for len(t.copies) > 1+int(in.offset) {
			for _, c := range t.copies[0] {
				t.shared.setPending(c.to, len(c.data), false)
				p, err := t.shared.store(c.to, len(c.data), int16(t.number))
				if err != nil {
					return err
				}
				copy(p, c.data)
			}
			t.copies = t.copies[1:]
		}
		return nil
	}
	n, from := int(in.size), int(r[in.c]&math.MaxUint32)
	data := make([]byte, n)
	if from > n {
		return fmt.Errorf("asynchronous copy of %d bytes, of %d", from, n)
	}
	if from > 0 {
		if r[in.b]%uint64(n) != 0 {
			return fmt.Errorf("asynchronous copy of %d bytes from %#x: not aligned", n, r[in.b])
		}
		p, err := t.memory.loadBytes(r[in.b], from, t.id)
		if err != nil {
			return err
		}
		copy(data, p)
	}
	to := (r[in.a] + uint64(in.offset)) & math.MaxUint32
	if _, err := t.shared.store(to, n, int16(t.number)); err != nil {
		return err
	}
	t.shared.setPending(to, n, true)
	last := len(t.copies) - 1
	t.copies[last] = append(t.copies[last], copyAsync{to, data})
	return nil
}
