package vcode

import (
	"slices"
	"sort"
)

// Home is where constants and scalar operands that keep a register live.
type Home map[constantOrPin]int

type constantOrPin struct {
	constant Constant
	pin      int // number of a scalar operand, from 1
}

// leastFree is how many registers stay for values at least: as many as one
// instruction can need at once.
const leastFree = 5

// Homes chooses the constants that keep a register: as many as the code leaves
// free, the most used first. Scalar operands (Pinned) always have one.
func Homes(hot *Code) (Home, error) {
	home := Home{}
	top, _ := hot.machine.Registers()
	pins := 0
	for _, v := range hot.vals {
		if v.pinned {
			pins++
			top--
			home[constantOrPin{pin: pins}] = top
		}
	}
	p, err := hot.Allocate(home)
	if err != nil {
		return nil, err
	}
	counts := map[Constant]int{}
	var order []Constant
	for i := range hot.Instrs {
		for _, v := range hot.Instrs[i].reads() {
			if k := hot.vals[v.ID].constant; k != nil {
				if counts[*k] == 0 {
					order = append(order, *k)
				}
				counts[*k]++
			}
		}
	}
	sort.SliceStable(order, func(i, j int) bool { return counts[order[i]] > counts[order[j]] })
	for _, k := range order[:min(len(order), max(0, top-max(p.pressure, leastFree)))] {
		top--
		home[constantOrPin{constant: k}] = top
	}
	return home, nil
}

// registers finds those of the code's constants and scalar operands that keep one.
func (h Home) registers(c *Code) map[int]int {
	registers := map[int]int{}
	pins := 0
	for id, v := range c.vals {
		key := constantOrPin{}
		switch {
		case v.constant != nil:
			key.constant = *v.constant
		case v.pinned:
			pins++
			key.pin = pins
		default:
			continue
		}
		if r, ok := h[key]; ok {
			registers[id] = r
		}
	}
	return registers
}

// Each calls constant for every register of a constant and scalar for that of every
// scalar operand, whose number it gets, the last register first.
func (h Home) Each(constant func(k Constant, r int), scalar func(i, r int)) {
	byRegister := map[int]constantOrPin{}
	var registers []int
	for k, r := range h {
		byRegister[r] = k
		registers = append(registers, r)
	}
	slices.Sort(registers)
	for _, r := range slices.Backward(registers) {
		if k := byRegister[r]; k.pin > 0 {
			scalar(k.pin-1, r)
		} else {
			constant(k.constant, r)
		}
	}
}

// InRegisters reports whether the code allocated with the home needs no memory: all
// constants it uses have a register, and no value is spilled.
func (c *Code) InRegisters(home Home) bool {
	for i := range c.Instrs {
		for _, v := range c.Instrs[i].reads() {
			if k := c.vals[v.ID].constant; k != nil {
				if _, ok := home[constantOrPin{constant: *k}]; !ok {
					return false
				}
			}
		}
	}
	p, err := c.Allocate(home)
	return err == nil && p.Slots == 0
}
