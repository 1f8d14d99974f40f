package vcode

// Prune drops the instructions whose results nothing reads, once the outputs are set.
func (c *Code) Prune() {
	used := make([]bool, len(c.vals))
	for _, v := range c.Outputs {
		used[v.ID] = true
	}
	kept := len(c.Instrs)
	for i := len(c.Instrs) - 1; i >= 0; i-- {
		in := c.Instrs[i]
		if !used[in.Dst.ID] {
			continue
		}
		for _, v := range in.reads() {
			used[v.ID] = true
		}
		kept--
		c.Instrs[kept] = in
	}
	c.Instrs = c.Instrs[kept:]
}

// Interleave mixes the instructions of a number of copies of a body, lowered one after
// the other, so that while one copy waits for a result there is work of another close
// by. It changes nothing if the copies are not alike.
func (c *Code) Interleave(copies int) {
	n := len(c.Instrs) / copies
	if n*copies != len(c.Instrs) {
		return
	}
	mixed := make([]Instr, 0, len(c.Instrs))
	for i := range n {
		for k := range copies {
			mixed = append(mixed, c.Instrs[k*n+i])
		}
	}
	c.Instrs = mixed
}
