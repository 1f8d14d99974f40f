package vcode

import "github.com/quern-go/quern/kernels"

// Machine is an instruction set, and the assembly file that is being written for it.
type Machine interface {
	// Name is for errors.
	Name() string
	// Registers counts those that values may be in: vectors, and masks that are not
	// vectors.
	Registers() (vectors, masks int)
	// Pool is the constants of the file.
	Pool() *Pool
	// Selector selects the instructions of a code.
	Selector(c *Code) Selector
	// Assign gives registers to an instruction, by Allocator.Plain unless it is a
	// special one.
	Assign(a *Allocator, in *Instr)
}

// Selector appends the instructions of one primitive to a Code and returns its result;
// ok is false if there are none. The type is that of the first argument.
type Selector interface {
	// Arith is arithmetic, and bitwise operations, on numbers.
	Arith(op kernels.Op, t kernels.DType, x []Val) (v Val, ok bool)
	// ShiftConst shifts every lane by the same count.
	ShiftConst(op kernels.Op, t kernels.DType, x Val, count uint64) Val
	Compare(op kernels.Op, t kernels.DType, x, y Val) Val
	// Logic is on Bools.
	Logic(op kernels.Op, x []Val) (v Val, ok bool)
	// Choose is c ? x : y; t is the type of x and y.
	Choose(t kernels.DType, c, x, y Val) Val
	// Convert is between different types.
	Convert(to, from kernels.DType, x Val) (v Val, ok bool)
	Lookup(table *kernels.Table, t kernels.DType, index Val) Val
	BoolConst(value bool) Val
	// Expand makes masks of bits: lane i's is bit shift+i of every element.
	Expand(bits Val, elem, shift int) Val
	// Fuse selects one instruction for that of a body and those whose results it
	// takes, if there is such. vals are the results so far; they were selected before,
	// and may be of no more use: see Prune.
	Fuse(body *kernels.Body, i int, vals []Val) (v Val, ok bool)
}
