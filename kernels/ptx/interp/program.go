package interp

// Program is a parsed text.
type Program struct {
	entries map[string]*function
	funcs   map[string]*function
	globals Memory // constant arrays
	symbols map[string]uint64
	// Version and SM are what the text asks for: 63 and 70 for PTX 6.3, sm_70.
	Version, SM int
	// Descending adds the products of a float64 matrix product from the last k to the first,
	// as no hardware is known to do: for tests of those who have to notice.
	Descending bool
	dynamic    bool // a launch says how much shared memory there is
}

// Entries are the names of the entry points.
func (p *Program) Entries() []string {
	var names []string
	for name := range p.entries {
		names = append(names, name)
	}
	return names
}

// GroupSize is the number of threads of a block that an entry point requires; 0 if
// there is no such entry.
func (p *Program) GroupSize(entry string) int {
	if f := p.entries[entry]; f != nil {
		return f.groupSize
	}
	return 0
}

// SharedBytes is the shared memory that an entry point declares.
func (p *Program) SharedBytes(entry string) int {
	if f := p.entries[entry]; f != nil {
		return f.shared
	}
	return 0
}

// ParamSizes are the sizes in bytes of an entry point's parameters.
func (p *Program) ParamSizes(entry string) []int {
	var sizes []int
	if f := p.entries[entry]; f != nil {
		for _, q := range f.params {
			sizes = append(sizes, q.size)
		}
	}
	return sizes
}

// function is an entry point or a function.
type function struct {
	name      string
	params    []param
	groupSize int
	shared    int // bytes
	symbols   map[string]uint64
	slots     map[string]int32 // registers
	labels    map[string]int32
	frame     []uint64 // registers as garbage, then constants
	constants map[uint64]int32
	args      []int32
	result    int32
	code      []inst
}

type param struct {
	name string
	size int
}

// inst is a decoded instruction. Operands are places in the frame.
type inst struct {
	op      opcode
	fast    quick
	t       kind
	from    kind // cvt: the source's type
	rel     relation
	size    int8  // bytes of an element of memory
	negate  bool  // of the guard
	guard   int32 // -1: none
	dst     int32
	a, b, c int32
	list    []int32 // elements of a vector; arguments of a call
	offset  int64   // of an address; the number of a parameter is in a
	target  int32   // bra
	callee  *function
	matrix  *matrixShape
	line    int
}

type opcode uint8

const (
	opInvalid opcode = iota
	opMov
	opUnpack // mov.b64 {lo, hi}, a
	opPack   // mov.b64 a, {lo, hi}
	opSpecial
	opLoadParam
	opLoadGlobal
	opStoreGlobal
	opLoadShared
	opStoreShared
	opAdd
	opSub
	opMul
	opMulHi
	opMulWide
	opMad
	opMadWide
	opFMA
	opDiv
	opRem
	opSqrt
	opNeg
	opAbs
	opMin
	opMax
	opMinNaN
	opMaxNaN
	opAnd
	opOr
	opXor
	opNot
	opShl
	opShr
	opCvt
	opRint
	opFloor
	opSetp
	opSelp
	opBra
	opCall
	opRet
	opBar
	opShfl
	opMatrix
	opRoundTF32
	opRoundBF16
	opCopyAsync
	opCommit
	opWait
)

// kind is the type that an instruction names.
type kind uint8

const (
	noKind kind = iota
	b32
	b64
	u32
	s32
	u64
	s64
	f32
	f64
	pred
)

var kinds = map[string]kind{
	"b32": b32, "b64": b64, "u32": u32, "s32": s32, "u64": u64, "s64": s64, "f32": f32, "f64": f64, "pred": pred,
}

func (k kind) size() int8 {
	switch k {
	case b64, u64, s64, f64:
		return 8
	}
	return 4
}

type relation uint8

const (
	eq relation = iota
	ne
	lt
	le
	gt
	ge
	ltu // less, or either is NaN
	gtu
	nan
)

var relations = map[string]relation{"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge, "ltu": ltu, "gtu": gtu, "nan": nan}
