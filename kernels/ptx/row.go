package ptx

// row is the values of a point, for the code at hand.
type row interface {
	// begin prepares for a point, whose number is U32.
	begin(point string)
	// at calls take with the values at each of some positions. All are read before
	// the first is computed.
	at(p positions, take func(j int, values []string))
	// several is the predicate that the row lies along several axes; "" if it
	// cannot.
	several() string
	// cost is of one value.
	cost() int
}

// positions are places in a row, ascending and step apart; all U32.
type positions struct {
	list []string
	step string
	// inLine promises that the row lies along one axis, which is quicker.
	inLine bool
	// end, unless it is "", is where the row ends: the code jumps to past before
	// a value that lies there or beyond.
	end, past string
}

// from are count positions from first on.
func (c *code) from(first, step string, count int, inLine bool) positions {
	p := positions{list: []string{first}, step: step, inLine: inLine}
	for len(p.list) < count {
		p.list = append(p.list, c.add(u32, p.list[len(p.list)-1], step))
	}
	return p
}

// present are the predicates that positions lie before the end; nil if all do.
func (p positions) present(c *code) []string {
	if p.end == "" {
		return nil
	}
	ps := make([]string, len(p.list))
	for j, at := range p.list {
		ps[j] = c.compare("lt", u32, at, p.end)
	}
	return ps
}
