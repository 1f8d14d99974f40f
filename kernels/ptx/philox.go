package ptx

import "github.com/quern-go/quern/kernels"

// draws are the counters of Philox that the code at hand has drawn, so that
// elements that share a counter (see kernels.PhiloxWord) draw it once. It serves
// copies of one Body that follow each other in the code, or a loop around one.
type draws struct {
	counters map[counter]*drawn
	// grouped says that the points are rows of 256 apart, and that the first is the first
	// of those that share a counter; row is the number of the point at hand.
	grouped bool
	row     int
}

// counter says which instructions of a Body share counters: those whose stream
// and seed are equal values that no point changes. Of grouped points there is one for each
// index and group of rows.
type counter struct {
	stream, seed kernels.Value
	share        int
	index        kernels.Value
	rows         int
}

// drawn is the counter last drawn: its number and its four words. Where rows
// share counters these are registers that change, and keep their values from one
// point to the next; otherwise by alone says whether they are of this point.
type drawn struct {
	number string
	words  [4]string
	by     string // the index operand of this point for which it is drawn
}

// newDraws forgets what was drawn.
func newDraws() *draws { return &draws{counters: make(map[counter]*drawn), row: -1} }

// nextPoint says that the code goes on with another point.
func (d *draws) nextPoint() {
	if d == nil {
		return
	}
	d.row++
	for _, x := range d.counters {
		x.by = ""
	}
}

// prepareDraws declares the counters of a Body, before a loop around it: none
// drawn, for which stands the number of all ones, that no counter shared by rows
// has.
func (c *code) prepareDraws(b *kernels.Body) *draws {
	d := newDraws()
	for i := range b.Insts {
		if k, ok := counterOf(b, &b.Insts[i]); ok && k.share > 0 && d.counters[k] == nil {
			d.counters[k] = c.noneDrawn()
		}
	}
	return d
}

func (c *code) noneDrawn() *drawn {
	x := &drawn{number: c.variable(u64, "-1")}
	for i := range x.words {
		x.words[i] = c.variable(u32, "0")
	}
	return x
}

// counterOf is the counter of an OpPhilox; ok is false where it may not be kept.
func counterOf(b *kernels.Body, in *kernels.Inst) (k counter, ok bool) {
	if in.Op != kernels.OpPhilox || !uniform(b, in.Args[1]) || !uniform(b, in.Args[2]) {
		return counter{}, false
	}
	share, _ := kernels.PhiloxMode(in.Imm)
	return counter{stream: in.Args[1], seed: in.Args[2], share: share}, true
}

// uniform says whether a value depends on constants and parameters alone.
func uniform(b *kernels.Body, v kernels.Value) bool {
	in := &b.Insts[v]
	switch in.Op {
	case kernels.OpConst, kernels.OpParam:
		return true
	case kernels.OpLoad, kernels.OpIndex, kernels.OpArg, kernels.OpAcc, kernels.OpAccIndex, kernels.OpGather:
		return false
	}
	for _, a := range in.Args[:in.NumArgs()] {
		if !uniform(b, a) {
			return false
		}
	}
	return true
}

// philox writes OpPhilox (index, stream, seed).
func (c *code) philox(b *kernels.Body, in *kernels.Inst, args []string, d *draws) string {
	share, word := kernels.PhiloxMode(in.Imm)
	index := c.register(u64, args[0])
	row := c.to(u64, "shr.u64", index, "8")
	number := index
	if share > 0 {
		high := c.to(u64, "shl.b64", c.to(u64, "shr.u64", row, integer(share)), "8")
		number = c.to(u64, "or.b64", high, c.to(u64, "and.b64", index, "255"))
	}
	if d != nil && d.grouped && share > 0 {
		return c.groupWords(b, in, args, number, d)[d.row&(1<<share-1)*(4>>share)+word]
	}
	words := c.counterWords(b, in, args, number, d)
	return c.pickWord(words, row, share, word)
}

// counterWords is the four words of a counter.
func (c *code) counterWords(b *kernels.Body, in *kernels.Inst, args []string, number string, d *draws) [4]string {
	key, keep := counterOf(b, in)
	if d == nil || !keep {
		return c.philox4x32(number, args[1], args[2])
	}
	x := d.counters[key]
	switch {
	case x == nil && key.share == 0, x != nil && key.share == 0 && x.by != args[0]:
		x = &drawn{words: c.philox4x32(number, args[1], args[2])}
		d.counters[key] = x
	case x == nil:
		x = c.noneDrawn()
		d.counters[key] = x
		c.redraw(x, number, args)
	case x.by != args[0]:
		done := c.label("drawn")
		c.jumpIf(c.compare("eq", u64, x.number, number), done)
		c.redraw(x, number, args)
		c.place(done)
	}
	x.by = args[0]
	return x.words
}

// groupWords is the four words of the counter that the rows of a group share.
func (c *code) groupWords(b *kernels.Body, in *kernels.Inst, args []string, number string, d *draws) [4]string {
	key, _ := counterOf(b, in)
	key.index, key.rows = in.Args[0], d.row>>key.share
	x := d.counters[key]
	if x == nil {
		x = &drawn{words: c.philox4x32(number, args[1], args[2])}
		d.counters[key] = x
	}
	return x.words
}

// redraw draws a counter into registers that change.
func (c *code) redraw(x *drawn, number string, args []string) {
	for i, w := range c.philox4x32(number, args[1], args[2]) {
		c.set(u32, x.words[i], w)
	}
	c.set(u64, x.number, number)
}

// pickWord is word number word of those that the element has to itself: see
// kernels.PhiloxWord.
func (c *code) pickWord(words [4]string, row string, share, word int) string {
	if share == 0 {
		return words[word]
	}
	low := c.to(u32, "cvt.u32.u64", row)
	bit := func(n int) string {
		return c.compare("ne", u32, c.to(u32, "and.b32", low, integer(n)), "0")
	}
	if share == 1 {
		return c.to(u32, "selp.b32", words[2+word], words[word], bit(1))
	}
	odd, upper := bit(1), bit(2)
	first := c.to(u32, "selp.b32", words[1], words[0], odd)
	second := c.to(u32, "selp.b32", words[3], words[2], odd)
	return c.to(u32, "selp.b32", second, first, upper)
}

// philox4x32 is Philox4x32-10 of the counter (number, stream) under the key seed,
// all U64.
func (c *code) philox4x32(number, stream, seed string) (words [4]string) {
	x := [4]string{}
	x[0], x[1] = c.halves(number)
	x[2], x[3] = c.halves(stream)
	k0, k1 := c.halves(seed)
	m0, m1 := immediate(u32, kernels.PhiloxM0), immediate(u32, kernels.PhiloxM1)
	for round := range kernels.PhiloxRounds {
		if round > 0 {
			k0 = c.to(u32, "add.u32", k0, immediate(u32, kernels.PhiloxW0))
			k1 = c.to(u32, "add.u32", k1, immediate(u32, kernels.PhiloxW1))
		}
		hi0, lo0 := c.to(u32, "mul.hi.u32", x[0], m0), c.to(u32, "mul.lo.u32", x[0], m0)
		hi1, lo1 := c.to(u32, "mul.hi.u32", x[2], m1), c.to(u32, "mul.lo.u32", x[2], m1)
		a := c.to(u32, "xor.b32", c.to(u32, "xor.b32", hi1, x[1]), k0)
		b := c.to(u32, "xor.b32", c.to(u32, "xor.b32", hi0, x[3]), k1)
		x = [4]string{a, lo1, b, lo0}
	}
	return x
}

// halves are the low and the high word of a U64.
func (c *code) halves(v string) (low, high string) {
	low, high = c.reg(u32), c.reg(u32)
	c.emit("mov.b64", "{"+low+", "+high+"}", c.register(u64, v))
	return low, high
}
