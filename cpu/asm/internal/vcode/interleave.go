package vcode

// Interleave mixes the instructions of a number of copies of a body, lowered one after
// the other, so that while one copy waits for a result there is work of another close
// by. It changes nothing if the copies are not alike.
func (c *Code) Interleave(copies int) {
	n := len(c.instrs) / copies
	if n*copies != len(c.instrs) {
		return
	}
	mixed := make([]instr, 0, len(c.instrs))
	for i := range n {
		for k := range copies {
			mixed = append(mixed, c.instrs[k*n+i])
		}
	}
	c.instrs = mixed
}

// InRegisters reports whether the code allocated with the home needs no memory: all
// constants it uses have a register, and no value is spilled.
func (c *Code) InRegisters(home Home) bool {
	for i := range c.instrs {
		for _, v := range c.instrs[i].reads() {
			if k := c.vals[v.id].constant; k != nil {
				if _, ok := home[constantOrPin{constant: *k}]; !ok {
					return false
				}
			}
		}
	}
	p, err := c.Allocate(home)
	return err == nil && p.slots == 0
}
