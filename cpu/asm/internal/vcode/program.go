package vcode

// Program is a Code with machine registers.
type Program struct {
	Steps    []Step
	Inputs   []Place
	Outputs  []Place
	Slots    int // of a vector each in the spill area
	pressure int // vector registers in use at once, those of Home not counted
}

// Step is an instruction over machine registers: In's, or a copy of the whole of
// Src[0] to Dst if In is nil. The places are those of In's Src, and Mask if there is
// one; Dst holds the value that is overwritten.
type Step struct {
	In  *Instr
	Op  string // In.Op, unless Machine.Assign chose another
	Src []Place
	Dst Place
}

// Place is where a value is: in a register, or in memory if that is negative. There
// it is in a spill slot, unless it is a constant.
type Place struct {
	Reg, Slot int
	Constant  *Constant
	Bytes     int // as the instruction sees it; 0: a mask register
}

// InRegister reports whether the place is one.
func (p Place) InRegister() bool { return p.Reg >= 0 }
