package vm

import (
	"slices"

	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// rate says how often a value changes.
type rate uint8

const (
	varying rate = iota // within a block
	perStep             // from step to step of a loop
	perRun              // from block to block
	fixed               // not while a frame is bound
)

// nowhere is the place of a value that has none yet.
const nowhere place = 1<<16 - 1

// specialiser turns a Program into a Code. Values are named by their root: a bit
// cast is the value it casts, and a uniform may be the word it is made of.
type specialiser struct {
	*Program
	key Key
	c   *Code

	root   []kernels.Value
	rates  []rate
	at     []place                 // by root
	splat  map[kernels.Value]place // of uniform roots that are needed as blocks
	last   []int                   // by root: the last instruction that reads it
	claims map[kernels.Value]int   // root → result whose destination it is written to
	groups map[philoxKey]*philoxGroup
	drawn  map[kernels.Value]*philoxGroup
	inside map[kernels.Value]bool      // part of the chain of a drawn value
	iota   []bool                      // by root: an index leaf that is needed as a block
	loops  map[kernels.LoopRun][]place // the registers of a loop's states
	pool   *pool
	code   *[]inst // what is done on the elements of a Run, or in a step
	states []place // in a step: the registers of the states
	step   *step   // of the loop whose step this is; nil outside of loops
	times  float64 // how often the code runs for one element
}

// philoxKey names the instructions that share counters.
type philoxKey struct {
	index, stream, seed kernels.Value
	share               int
}

func specialise(p *Program, key Key) *Code {
	s := newSpecialiser(p, key, &Code{key: key, table: p.table, leaves: len(p.leaves), gathers: p.gathers, shortest: 256})
	s.c.places = len(p.leaves) + len(p.body.Results)
	s.pool, s.code = &pool{code: s.c}, &s.c.body
	s.analyse()
	s.claim()
	for i := range p.body.Insts {
		s.place(kernels.Value(i))
	}
	s.finish()
	s.c.Block = s.blockLength()
	return s.c
}

// newSpecialiser is one that adds to a code.
func newSpecialiser(p *Program, key Key, c *Code) *specialiser {
	n := len(p.body.Insts)
	return &specialiser{
		Program: p, key: key, c: c,
		root:   make([]kernels.Value, n),
		rates:  make([]rate, n),
		at:     slices.Repeat([]place{nowhere}, n),
		splat:  make(map[kernels.Value]place),
		last:   slices.Repeat([]int{-1}, n),
		claims: make(map[kernels.Value]int),
		groups: make(map[philoxKey]*philoxGroup),
		drawn:  make(map[kernels.Value]*philoxGroup),
		inside: make(map[kernels.Value]bool),
		iota:   make([]bool, n),
		loops:  make(map[kernels.LoopRun][]place),
		times:  1,
	}
}

// analyse finds roots, rates, last uses and the words of each philox group.
func (s *specialiser) analyse() {
	for i := range s.body.Insts {
		in := &s.body.Insts[i]
		v := kernels.Value(i)
		s.root[v] = v
		if in.Op == kernels.OpBitcast {
			s.root[v] = s.root[in.Args[0]]
		}
		s.rates[v] = s.rate(v, in)
		if s.isWord(v) {
			s.join(v, in)
		}
	}
	s.drawUniforms()
	s.fuseDraws()
	for i := range s.body.Insts {
		in := &s.body.Insts[i]
		if in.Op == kernels.OpLoopIn { // read by the OpLoop
			continue
		}
		if in.Op == kernels.OpLoop {
			s.readByLoop(i, in)
			continue
		}
		for _, a := range in.Args[:in.NumArgs()] {
			s.last[s.root[a]] = i
		}
		for k, a := range in.Args[:in.NumArgs()] {
			if s.isRun(s.root[a]) && !(in.Op == kernels.OpPhilox && k == 0 && s.fastPhilox(in)) {
				s.iota[s.root[a]] = true
			}
		}
	}
	for r, v := range s.body.Results {
		if Has(s.key.Hits, r) {
			v = s.body.Insts[v].Args[0] // its condition
		}
		s.last[s.root[v]] = len(s.body.Insts)
		if s.isRun(s.root[v]) {
			s.iota[s.root[v]] = true
		}
	}
}

// drawUniforms lets the groups whose words serve only as float32 uniforms draw
// those: then a uniform is another name for its word.
func (s *specialiser) drawUniforms() {
	for i := range s.body.Insts {
		in := &s.body.Insts[i]
		for _, a := range in.Args[:in.NumArgs()] {
			if word := s.root[a]; s.isWord(word) && !isUniform(in) {
				s.groupOf(word).words = true
			}
		}
	}
	for _, r := range s.body.Results {
		if word := s.root[r]; s.isWord(word) {
			s.groupOf(word).words = true
		}
	}
	for i := range s.body.Insts {
		in := &s.body.Insts[i]
		if in.Op == kernels.OpBitcast {
			s.root[i] = s.root[in.Args[0]]
		} else if isUniform(in) {
			if word := s.root[in.Args[0]]; s.isWord(word) && !s.groupOf(word).words {
				s.root[i] = word
			}
		}
	}
}

func (s *specialiser) groupOf(word kernels.Value) *philoxGroup {
	return s.groups[s.groupKey(&s.body.Insts[word])]
}

func isUniform(in *kernels.Inst) bool {
	return in.Op == kernels.OpCall && in.Func.Name == outline.Uniform32
}

func (s *specialiser) rate(v kernels.Value, in *kernels.Inst) rate {
	switch {
	case in.Op == kernels.OpConst || in.Op == kernels.OpParam:
		return fixed
	case s.leafOf[v] >= 0 && Has(s.key.Uniform, s.leafOf[v]):
		return perRun
	case s.leafOf[v] >= 0 || in.Op == kernels.OpLoop:
		return varying
	case in.Op == kernels.OpArg:
		return s.step.args[in.Imm].rate
	}
	r := fixed
	for _, a := range in.Args[:in.NumArgs()] {
		r = min(r, s.rates[a])
	}
	if in.Op == kernels.OpGather {
		r = min(r, perRun)
	}
	return r
}

// isRun reports whether a root is an index leaf that counts up by one.
func (s *specialiser) isRun(root kernels.Value) bool {
	if in := &s.body.Insts[root]; s.step != nil && in.Op == kernels.OpArg {
		return s.step.args[in.Imm].run >= 0
	}
	leaf := s.leafOf[root]
	return leaf >= 0 && s.leaves[leaf].Op == kernels.OpIndex && Has(s.key.Runs, leaf)
}

// fastPhilox reports whether whole rows of counters can be computed at once.
func (s *specialiser) fastPhilox(in *kernels.Inst) bool {
	return s.isRun(s.root[in.Args[0]]) && s.rates[in.Args[1]] != varying && s.rates[in.Args[2]] != varying
}

func (s *specialiser) groupKey(in *kernels.Inst) philoxKey {
	share, _ := kernels.PhiloxMode(in.Imm)
	return philoxKey{s.root[in.Args[0]], s.root[in.Args[1]], s.root[in.Args[2]], share}
}

// join adds the word of a philox instruction to its group.
func (s *specialiser) join(v kernels.Value, in *kernels.Inst) {
	key := s.groupKey(in)
	share, word := kernels.PhiloxMode(in.Imm)
	g := s.groups[key]
	if g == nil {
		g = &philoxGroup{share: share, dst: [4]place{nowhere, nowhere, nowhere, nowhere}, words: !s.fastPhilox(in)}
		s.groups[key] = g
	}
	g.want[word], g.value[word] = true, v
}

// claim chooses the results that instructions write straight to their
// destination. In place that is safe only if no leaf is read afterwards.
func (s *specialiser) claim() {
	lastLeaf := -1
	if s.key.InPlace {
		for v := range s.body.Insts {
			if s.leafOf[v] >= 0 {
				lastLeaf = max(lastLeaf, s.last[v])
			}
		}
	}
	for r, v := range s.body.Results {
		root := s.root[v]
		_, taken := s.claims[root]
		if !Has(s.key.Direct, r) || taken || s.rates[root] != varying || s.leafOf[root] >= 0 ||
			s.isDrawn(root) && s.key.InPlace || s.isWord(root) && Has(s.key.Streamed, r) || s.body.Insts[root].Op == kernels.OpLoop || int(root) < lastLeaf {
			continue
		}
		s.claims[root] = r
	}
}

// emit appends calls on the elements of a Run, or of a step.
func (s *specialiser) emit(list ...inst) { *s.code = append(*s.code, list...) }

// pay counts the cost of what is emitted.
func (s *specialiser) pay(cost float64) { s.c.Cost += cost * s.times }

// isWord reports whether a root is a random word, or drawn as one: those of a group
// are written together, at the first of them.
func (s *specialiser) isWord(root kernels.Value) bool {
	return s.body.Insts[root].Op == kernels.OpPhilox
}

// isDrawn reports whether a root is written together with others of its group.
func (s *specialiser) isDrawn(root kernels.Value) bool { return s.isWord(root) || s.drawn[root] != nil }

// out is the place of a result's destination.
func (s *specialiser) out(r int) place {
	if s.step != nil {
		return s.states[r]
	}
	return place(len(s.leaves) + r)
}

// place gives the value of an instruction its place and emits the call that
// computes it.
func (s *specialiser) place(v kernels.Value) {
	in := &s.body.Insts[v]
	switch {
	case s.root[v] != v || in.Op == kernels.OpLoopIn: // a bit cast, a uniform drawn as one, or read by the OpLoop
		return
	case s.inside[v] || s.isWord(v) && s.groupOf(v).isValues():
		return
	case in.Op == kernels.OpLoop:
		s.placeLoop(v, in)
		return
	case s.step != nil && in.Op == kernels.OpArg:
		s.at[v] = s.step.args[in.Imm].at
		return
	case in.Op == kernels.OpConst:
		s.at[v] = s.pool.scalar(-1, in.Imm)
		return
	case in.Op == kernels.OpParam:
		s.at[v] = s.pool.scalar(int(in.Imm), 0)
		return
	case s.leafOf[v] >= 0:
		s.placeLeaf(v)
		return
	case s.rates[v] != varying:
		s.placeUniform(v, in)
		return
	case s.last[v] < 0: // a result of which the condition is enough
		return
	case in.Op == kernels.OpPhilox:
		s.placePhilox(v, in)
		return
	case s.drawn[v] != nil:
		s.placeDrawn(v, s.drawn[v])
		return
	}
	s.pay(cost(in))
	call := s.callFor(v, in)
	overwrites := call.form <= formSelect
	s.release(v, in, func(width int) bool { return overwrites && width == bitsOf(in.Type) })
	if r, ok := s.claims[v]; ok {
		s.at[v] = s.out(r)
	} else {
		s.at[v] = s.pool.take(bitsOf(in.Type))
	}
	call.dst = s.at[v]
	s.emit(call)
	s.release(v, in, func(width int) bool { return !overwrites || width != bitsOf(in.Type) })
}

// callFor is the call that computes a value: past the caches if that is where the
// value goes. A value for which there is no such kernel goes to a register first.
func (s *specialiser) callFor(v kernels.Value, in *kernels.Inst) inst {
	args := s.operands(in)
	if r, ok := s.claims[v]; ok && s.step == nil && Has(s.key.Streamed, r) {
		if call, ok := s.streamedCall(in, args); ok && !s.readAgain(v) {
			return call
		}
		delete(s.claims, v)
	}
	return s.call(in, args)
}

// readAgain reports whether another instruction or result reads a result's value:
// then it must not be sent past the caches.
func (s *specialiser) readAgain(v kernels.Value) bool {
	uses := 0
	for i := range s.body.Insts {
		in := &s.body.Insts[i]
		for _, a := range in.Args[:in.NumArgs()] {
			if s.root[a] == v {
				uses++
			}
		}
	}
	for _, r := range s.body.Results {
		if s.root[r] == v {
			uses++
		}
	}
	return uses > 1
}

// release returns the registers of operands that nobody reads after v and whose
// width fits. Those that the result may overwrite are returned before it gets
// its register.
func (s *specialiser) release(v kernels.Value, in *kernels.Inst, fits func(width int) bool) {
	for _, a := range in.Args[:in.NumArgs()] {
		root := s.root[a]
		if s.step != nil && s.body.Insts[root].Op == kernels.OpArg {
			continue // needed again in the next step
		}
		if s.last[root] == int(v) && fits(bitsOf(s.body.Insts[root].Type)) {
			s.pool.give(s.at[root])
		}
	}
}

func (s *specialiser) placeLeaf(v kernels.Value) {
	leaf := s.leafOf[v]
	s.at[v] = place(leaf)
	if s.isRun(v) && s.iota[v] {
		s.at[v] = s.pool.take(64)
		s.emit(inst{form: formIota, dst: s.at[v], a: place(leaf)})
		s.pay(2)
	}
}

// placeUniform computes a value on one element, in the list of its rate.
func (s *specialiser) placeUniform(v kernels.Value, in *kernels.Inst) {
	list := &s.c.once
	switch s.rates[v] {
	case perRun:
		list = &s.c.head
	case perStep:
		list = &s.step.head
	}
	s.at[v] = s.pool.scalar(-1, 0)
	var args [3]operand
	for k, a := range in.Args[:in.NumArgs()] {
		args[k] = operand{at: s.at[s.root[a]]}
	}
	call := s.call(in, args)
	if in.Op == kernels.OpPhilox { // each word alone
		_, word := kernels.PhiloxMode(in.Imm)
		g := &call.rare.philox
		g.dst[word], g.want[word] = s.at[v], true
	}
	call.dst = s.at[v]
	*list = append(*list, call)
}

// placePhilox emits one call for all words of a group, at its first member.
func (s *specialiser) placePhilox(v kernels.Value, in *kernels.Inst) {
	g := s.groups[s.groupKey(in)]
	_, word := kernels.PhiloxMode(in.Imm)
	if g.dst[word] == nowhere {
		call := s.call(in, s.operands(in))
		for w := range g.want {
			if !g.want[w] {
				continue
			}
			s.pay(4)
			if r, ok := s.claims[g.value[w]]; ok {
				g.dst[w] = s.out(r)
			} else {
				g.dst[w] = s.pool.take(32)
			}
		}
		call.rare.philox.dst, call.rare.philox.want, call.rare.philox.words = g.dst, g.want, g.words
		call.dst = g.dst[word]
		if call.form == formPhiloxAny {
			s.pay(500)
		}
		s.emit(call)
	}
	s.at[v] = g.dst[word]
	s.release(v, in, func(int) bool { return true })
}

// operands are the arguments of an instruction over blocks.
func (s *specialiser) operands(in *kernels.Inst) (args [3]operand) {
	for k, a := range in.Args[:in.NumArgs()] {
		root := s.root[a]
		args[k] = operand{at: s.at[root], uniform: s.rates[root] != varying, root: root, s: s}
		if s.step != nil && s.isRun(root) && !(in.Op == kernels.OpPhilox && k == 0 && s.fastPhilox(in)) {
			args[k].at = s.step.indices(int(s.body.Insts[root].Imm))
		}
	}
	return args
}

// operand is one argument of an instruction.
type operand struct {
	at      place
	uniform bool // one element
	root    kernels.Value
	s       *specialiser
}

// block is the operand as a block: a uniform one is spread over a register.
func (o operand) block() place {
	if !o.uniform {
		return o.at
	}
	return o.s.spread(o.root)
}

// spread is the block of a uniform value. It is filled when the frame is bound
// or, ahead of everything else, in each Run.
func (s *specialiser) spread(root kernels.Value) place {
	if at, ok := s.splat[root]; ok {
		return at
	}
	t := s.body.Insts[root].Type
	at := s.pool.fresh(bitsOf(t))
	s.splat[root] = at
	fill := s.fill(at, s.at[root], t)
	switch s.rates[root] {
	case fixed:
		s.c.splats = append(s.c.splats, fill)
	case perRun:
		s.c.body = slices.Insert(s.c.body, 0, fill)
		s.c.Cost++
	default:
		*s.code = slices.Insert(*s.code, 0, fill)
		s.pay(1)
	}
	return at
}

func (s *specialiser) fill(dst, from place, t kernels.DType) inst {
	if t == kernels.Bool {
		return inst{form: formFillBool, dst: dst, a: from}
	}
	return inst{form: formFill, dst: dst, a: from, fn1: s.table.Fill[t.Size()]}
}

// finish moves results that no instruction has written to their destinations. In
// place, a leaf that is a result is saved first: its memory may be another
// result's destination.
func (s *specialiser) finish() {
	var moves []inst
	s.c.results = make([]place, len(s.body.Results))
	for r, v := range s.body.Results {
		if Has(s.key.Hits, r) {
			v = s.body.Insts[v].Args[0]
		}
		root, t := s.root[v], s.body.Insts[v].Type
		from := s.at[root]
		claimed, ok := s.claims[root]
		switch {
		case ok && claimed == r:
			s.c.results[r] = from
			continue
		case !Has(s.key.Direct, r) && s.rates[root] != varying:
			s.c.results[r] = s.spread(root)
			continue
		case !Has(s.key.Direct, r):
			s.c.results[r] = from
			continue
		case s.rates[root] != varying:
			moves = append(moves, s.fill(s.out(r), from, t))
		default:
			if s.key.InPlace && s.leafOf[root] >= 0 && !s.isRun(root) {
				saved := s.pool.take(bitsOf(t))
				s.emit(inst{form: formCopy, size: uint8(t.Size()), dst: saved, a: from})
				from = saved
			}
			move := inst{form: formCopy, size: uint8(t.Size()), dst: s.out(r), a: from}
			if Has(s.key.Streamed, r) {
				move.form = formStream
			}
			moves = append(moves, move)
		}
		s.c.results[r] = s.out(r)
		s.pay(1)
	}
	s.emit(moves...)
}

// blockLength is the block for which the registers fit the L1 cache.
func (s *specialiser) blockLength() int {
	const budget = 40 << 10
	bits := 0
	for _, r := range s.c.registers {
		bits += r.bits
	}
	for i, leaf := range s.leaves {
		if Has(s.key.Staged, i) || i >= 64 {
			bits += bitsOf(leaf.Type)
		}
	}
	n := simd.Block
	if bits == 0 {
		return 16 * n
	}
	if s.readsNothing() { // all of L1 is theirs
		hot := bits
		if step := s.stepBits(); step > 0 {
			hot = step
		}
		for most := longest; most > n; most /= 2 {
			if most*hot/8 <= budget*2/3 {
				return most
			}
		}
	}
	for n > s.c.shortest && n*bits/8 > budget {
		n /= 2
	}
	return n
}

// stepBits is the width of the registers that the steps of a long loop use: what comes
// before and after it hardly counts. 0: there is no such loop.
func (s *specialiser) stepBits() (bits int) {
	const long = 16 // steps
	used := make(map[place]bool)
	for i := range s.c.body {
		if in := &s.c.body[i]; in.form == formLoop && in.rare.loop.steps >= long {
			for k := range in.rare.loop.body {
				for _, at := range in.rare.loop.body[k].places() {
					used[at] = true
				}
			}
		}
	}
	for _, r := range s.c.registers {
		if used[r.at] {
			bits += r.bits
		}
	}
	return bits
}

// readsNothing says that values are computed from indices alone, such as draws.
func (s *specialiser) readsNothing() bool {
	return len(s.gathers) == 0 && !slices.ContainsFunc(s.leaves, func(l Leaf) bool { return l.Op == kernels.OpLoad })
}

// bitsOf is the width of a type's elements in a block.
func bitsOf(t kernels.DType) int {
	if t == kernels.Bool {
		return 1
	}
	return 8 * t.Size()
}
