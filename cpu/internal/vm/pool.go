package vm

// pool hands out the places of a Code's registers and scalars.
type pool struct {
	code *Code
	free []register
}

func (p *pool) place() place {
	at := place(p.code.places)
	p.code.places++
	return at
}

// scalar is the place of a new scalar: a parameter, a constant, or whatever an
// instruction will write there.
func (p *pool) scalar(param int, bits uint64) place {
	at := p.place()
	p.code.scalars = append(p.code.scalars, scalar{at, param, bits})
	return at
}

// fresh is a register that is never shared.
func (p *pool) fresh(bits int) place {
	r := register{p.place(), bits}
	p.code.registers = append(p.code.registers, r)
	return r.at
}

// take is a register of at least the given width, if possible one that has been
// given back.
func (p *pool) take(bits int) place {
	best := -1
	for i, r := range p.free {
		if r.bits >= bits && (bits > 1 || r.bits == 1) && (best < 0 || r.bits < p.free[best].bits) {
			best = i
		}
	}
	if best < 0 {
		return p.fresh(bits)
	}
	at := p.free[best].at
	p.free = append(p.free[:best], p.free[best+1:]...)
	return at
}

// give returns a register; other places, and registers given back already, are
// left alone.
func (p *pool) give(at place) {
	for _, r := range p.free {
		if r.at == at {
			return
		}
	}
	for _, r := range p.code.registers {
		if r.at == at {
			p.free = append(p.free, r)
			return
		}
	}
}
