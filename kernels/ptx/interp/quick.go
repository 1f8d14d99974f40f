package interp

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// quick marks the instructions that make up most of a run, which are done without
// looking further at their types.
type quick uint8

const (
	slow quick = iota
	quickMov32
	quickMov64
	quickAdd32
	quickAdd64
	quickSub32
	quickMul32
	quickMad32
	quickMad64
	quickFMA32
	quickFMA64
	quickAdd32F
	quickAdd64F
	quickSub32F
	quickWiden
	quickAnd
	quickLess32
	quickAtLeast32
	quickEqual32
	quickSelect
	quickBranch
)

// quicken marks an instruction.
func (in *inst) quicken() {
	is32 := in.t == b32 || in.t == u32 || in.t == s32
	is64 := in.t == b64 || in.t == u64 || in.t == s64
	switch {
	case in.op == opBra:
		in.fast = quickBranch
	case in.op == opMov && (is32 || in.t == f32):
		in.fast = quickMov32
	case in.op == opMov && (is64 || in.t == f64):
		in.fast = quickMov64
	case in.op == opAdd && is32:
		in.fast = quickAdd32
	case in.op == opAdd && is64:
		in.fast = quickAdd64
	case in.op == opSub && is32:
		in.fast = quickSub32
	case in.op == opMul && is32:
		in.fast = quickMul32
	case in.op == opMad && is32:
		in.fast = quickMad32
	case in.op == opMad && is64:
		in.fast = quickMad64
	case in.op == opFMA && in.t == f32:
		in.fast = quickFMA32
	case in.op == opFMA:
		in.fast = quickFMA64
	case in.op == opAdd && in.t == f32:
		in.fast = quickAdd32F
	case in.op == opAdd && in.t == f64:
		in.fast = quickAdd64F
	case in.op == opSub && in.t == f32:
		in.fast = quickSub32F
	case in.op == opCvt && in.t == u64 && in.from == u32:
		in.fast = quickWiden
	case in.op == opAnd && in.t == pred:
		in.fast = quickAnd
	case in.op == opSetp && in.t == u32 && in.rel == lt:
		in.fast = quickLess32
	case in.op == opSetp && in.t == u32 && in.rel == ge:
		in.fast = quickAtLeast32
	case in.op == opSetp && in.t == u32 && in.rel == eq:
		in.fast = quickEqual32
	case in.op == opSelp && is32:
		in.fast = quickSelect
	}
}

// do does an instruction that is marked, other than a branch.
func (in *inst) do(r []uint64) {
	const mask = math.MaxUint32
	switch in.fast {
	case quickMov32:
		r[in.dst] = r[in.a] & mask
	case quickMov64:
		r[in.dst] = r[in.a]
	case quickAdd32:
		r[in.dst] = (r[in.a] + r[in.b]) & mask
	case quickAdd64:
		r[in.dst] = r[in.a] + r[in.b]
	case quickSub32:
		r[in.dst] = (r[in.a] - r[in.b]) & mask
	case quickMul32:
		r[in.dst] = r[in.a] * r[in.b] & mask
	case quickMad32:
		r[in.dst] = (r[in.a]*r[in.b] + r[in.c]) & mask
	case quickMad64:
		r[in.dst] = r[in.a]*r[in.b] + r[in.c]
	case quickFMA32:
		x, y, z := math.Float32frombits(uint32(r[in.a])), math.Float32frombits(uint32(r[in.b])), math.Float32frombits(uint32(r[in.c]))
		r[in.dst] = uint64(math.Float32bits(kernels.FMA32(x, y, z)))
	case quickFMA64:
		r[in.dst] = math.Float64bits(math.FMA(math.Float64frombits(r[in.a]), math.Float64frombits(r[in.b]), math.Float64frombits(r[in.c])))
	case quickAdd32F:
		r[in.dst] = uint64(math.Float32bits(math.Float32frombits(uint32(r[in.a])) + math.Float32frombits(uint32(r[in.b]))))
	case quickSub32F:
		r[in.dst] = uint64(math.Float32bits(math.Float32frombits(uint32(r[in.a])) - math.Float32frombits(uint32(r[in.b]))))
	case quickAdd64F:
		r[in.dst] = math.Float64bits(math.Float64frombits(r[in.a]) + math.Float64frombits(r[in.b]))
	case quickWiden:
		r[in.dst] = r[in.a] & mask
	case quickAnd:
		r[in.dst] = r[in.a] & r[in.b]
	case quickLess32:
		r[in.dst] = truth(uint32(r[in.a]) < uint32(r[in.b]))
	case quickAtLeast32:
		r[in.dst] = truth(uint32(r[in.a]) >= uint32(r[in.b]))
	case quickEqual32:
		r[in.dst] = truth(uint32(r[in.a]) == uint32(r[in.b]))
	case quickSelect:
		v := r[in.b]
		if r[in.c] != 0 {
			v = r[in.a]
		}
		r[in.dst] = v & mask
	}
}
