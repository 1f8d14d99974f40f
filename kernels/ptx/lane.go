package ptx

// lane is the state of a thread that takes values at ascending positions: the
// positions are U32, and counted from the pass's first.
type lane struct {
	partial
	positions []string // U32; "" where no position is kept
}

// noPosition is the position of an empty lane.
const noPosition = "0xFFFFFFFF"

// lane is an empty lane; first is the position of its first value, and has the
// predicate that it has any.
//
// A position is kept from the start: then a value equal to the identity, with
// which the lane starts, need not replace it.
func (as accumulators) lane(c *code, first, has string) *lane {
	l := &lane{}
	for _, a := range as {
		l.values = append(l.values, c.variable(a.Type, immediate(a.Type, a.Combine.Identity(a.Type))))
		position := ""
		if a.Combine.HasIndex() {
			position = c.to(u32, "selp.b32", first, noPosition, has)
		}
		l.positions = append(l.positions, position)
		l.indices = append(l.indices, "")
	}
	return l
}

// take adds the values at a position to a lane.
func (as accumulators) take(c *code, l *lane, values []string, position string) {
	for i, acc := range as {
		if acc.Combine.HasIndex() {
			y := c.register(acc.Type, values[i])
			replaces := wins(c, acc, l.values[i], y)
			c.guarded(replaces, "mov."+moveSuffix(acc.Type), l.values[i], y)
			c.guarded(replaces, "mov.b32", l.positions[i], position)
			continue
		}
		one := accumulators{acc}
		one.combine(c, &partial{values: l.values[i : i+1]}, &partial{values: values[i : i+1]})
	}
}

// close makes the lane's positions indices: first (I64) is the position of the
// pass's first value.
func (l *lane) close(c *code, first string) *partial {
	for i, p := range l.positions {
		if p != "" {
			real := c.compare("ne", u32, p, noPosition)
			at := c.add(i64, c.widen(p), first)
			l.indices[i] = c.to(i64, "selp.b64", at, noIndex, real)
		}
	}
	return &l.partial
}
