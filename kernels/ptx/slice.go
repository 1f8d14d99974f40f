package ptx

import (
	"math/bits"

	"github.com/quern-go/quern/kernels"
)

// side is one of the two operands of a Contract: a, whose elements are (i, k), or
// b, with (k, j). Its slice of a tile is `width` long along i (or j) and `depth`
// along k, and lies in shared memory as depth rows of width elements.
type side struct {
	name   string // a, b
	body   *kernels.Body
	reads  []*operand
	t      dtype
	axis   int   // of i or j among the strides along (i, j, k)
	kFirst field // U32: 1 if threads next to each other fetch neighbours along k
	wide   field // U32: 1 if 16 bytes along i or j may be copied together
}

// newSide describes a side and puts its fields in the block.
func (k *contractRender) newSide(name string, body *kernels.Body, axis int) *side {
	return &side{
		name: name, body: body, reads: k.ops.readBy(body), t: body.ResultTypes()[0],
		axis: axis, kFirst: k.bytes.word(), wide: k.bytes.word(),
	}
}

// plain says that the body is a load, so that its elements can be copied.
func (s *side) plain() bool {
	_, ok := s.body.IsLoad()
	return ok
}

// needsCheck says that the body must not run where there is no element.
func (s *side) needsCheck() bool {
	for i := range s.body.Insts {
		if op := s.body.Insts[i].Op; op == kernels.OpGather || op == kernels.OpLookup {
			return true
		}
	}
	return false
}

// slice is a side's slices in shared memory.
type slice struct {
	*side
	width, depth int
	stages       int
	array        string
	tensor       bool // it is for tensor units, which take all of its depth
}

// pitch is the elements of a row in shared memory. After each come 16 bytes that
// keep threads which write a column from the same bank; or 32 where a warp reads 8
// neighbours of each of 4 rows.
func (s *slice) pitch() int {
	if s.tensor {
		return s.width + 32/s.t.Size()
	}
	return s.width + 16/s.t.Size()
}

// bytes is the size of one stage.
func (s *slice) bytes() int { return s.depth * s.pitch() * s.t.Size() }

// elements is how many elements of a slice a thread fetches.
func (s *slice) elements() int { return s.width * s.depth / tileThreads }

// fetcher is what a thread knows to fetch its elements, slice after slice. They
// are a fixed step apart along i (or j), or along k. What can be computed again
// from the argument block is not kept, for registers are scarce.
type fetcher struct {
	*slice
	c      *code
	gather func(slot int, t dtype, i string) string
	async  bool     // elements are copied, see copy
	k      string   // U32: the first element's position along k in a slice
	at     string   // U32: its address in stage 0 of shared memory
	bases  []string // of the operands, in the current batch
	places []string // of the first element in the next slice; they change
	count  string   // U32: how many elements lie within the tile; see startWide
	guards []string // predicates: element e was there in the slice fetched last
	points []*point // what was fetched last
}

// newFetcher finds the elements of a thread.
func (k *contractRender) newFetcher(c *code, s *slice, async bool) *fetcher {
	f := &fetcher{slice: s, c: c, async: async, gather: c.gathers(k.ops, s.body), count: c.reg(u32)}
	var main string
	main, f.k = f.first()
	f.at = c.mad(u32, c.mad(u32, f.k, integer(f.pitch()), main), integer(s.t.Size()), c.to(u32, "mov.u32", s.array))
	for range s.reads {
		f.places = append(f.places, c.reg(u64))
	}
	return f
}

// mainStep and kStep are from one of a thread's elements to the next, along i (or
// j) where threads next to each other fetch neighbours along k, else along k.
func (s *slice) mainStep() int { return tileThreads / s.depth }
func (s *slice) kStep() int    { return tileThreads / s.width }

// isKFirst is the predicate that threads next to each other fetch neighbours along
// k.
func (f *fetcher) isKFirst() string { return f.c.compare("ne", u32, f.c.load(u32, f.kFirst), "0") }

// isWide is the predicate that elements are copied 16 bytes at a time.
func (f *fetcher) isWide() string { return f.c.compare("ne", u32, f.c.load(u32, f.wide), "0") }

// pick is the first number where p holds, else the second.
func (c *code) pick(p string, a, b int) string {
	return c.to(u32, "selp.b32", integer(a), integer(b), p)
}

// first is the position (U32) of the thread's first element in a slice, along i (or
// j) and k.
func (f *fetcher) first() (main, k string) {
	c := f.c
	thread, kFirst := c.thread(), f.isKFirst()
	// The threads are rows of a length that is a power of two.
	length := c.pick(kFirst, f.depth, f.width)
	if f.async {
		length = c.to(u32, "selp.b32", integer(f.width/f.perCopy()), length, f.isWide())
	}
	inner := c.to(u32, "and.b32", thread, c.sub(u32, length, "1"))
	outer := c.to(u32, "div.u32", thread, length)
	main = c.to(u32, "selp.b32", outer, inner, kFirst)
	k = c.to(u32, "selp.b32", inner, outer, kFirst)
	if f.async {
		wide := f.isWide()
		main = c.to(u32, "selp.b32", c.mul(u32, inner, integer(f.perCopy())), main, wide)
		k = c.to(u32, "selp.b32", outer, k, wide)
	}
	return main, k
}

// strides are an operand's along i (or j) and along k.
func (s *side) strides(c *code, o *operand) (along, deep string) {
	return c.load(i64, o.strides[ijk].at(s.axis)), c.load(i64, o.strides[ijk].at(2))
}

// start goes to the first slice of a tile, which begins at a position along i (or
// j) and k; extent is the length along i (or j).
func (f *fetcher) start(tile, k, extent string) {
	c := f.c
	main, _ := f.first()
	first := c.add(u32, tile, main)
	deep := c.widen(c.add(u32, k, f.k))
	for n, o := range f.reads {
		a, d := f.strides(c, o)
		p := c.mad(i64, c.widen(first), a, f.bases[n])
		c.emit("mad.lo.s64", f.places[n], deep, d, p)
	}
	// Elements lie within the tile up to some number: all or none if they follow
	// each other along k.
	step := c.pick(f.isKFirst(), f.mainStep(), 0)
	c.set(u32, f.count, "0")
	at := first
	for range f.elements() {
		c.guarded(c.compare("lt", u32, at, extent), "add.u32", f.count, f.count, "1")
		at = c.add(u32, at, step)
	}
	if f.async {
		f.startWide(first, extent)
	}
}

// present finds which elements there are in the slice at k.
func (f *fetcher) present(k, end string) []string {
	c := f.c
	at := c.add(u32, k, f.k)
	step := c.pick(f.isKFirst(), 0, f.kStep())
	guards := make([]string, f.elements())
	for e := range guards {
		within := c.compare("gt", u32, f.count, integer(e))
		guards[e] = c.to(boolean, "and.pred", c.compare("lt", u32, at, end), within)
		at = c.add(u32, at, step)
	}
	return guards
}

// steps is from one of the thread's elements to the next, of each operand.
func (f *fetcher) steps() []string {
	c := f.c
	steps := make([]string, len(f.reads))
	if f.elements() == 1 {
		return steps
	}
	kFirst := f.isKFirst()
	shift := c.pick(kFirst, log2(f.mainStep()), log2(f.kStep()))
	for n, o := range f.reads {
		along, deep := f.strides(c, o)
		steps[n] = c.to(i64, "shl.b64", c.to(i64, "selp.b64", along, deep, kFirst), shift)
	}
	return steps
}

func log2(n int) int { return bits.Len(uint(n)) - 1 }

// sharedStep is the same of their shared addresses.
func (f *fetcher) sharedStep() string {
	size := f.t.Size()
	return f.c.pick(f.isKFirst(), f.mainStep()*size, f.kStep()*f.pitch()*size)
}

// fetch reads the slice at k, of those below end, and turns to the next.
func (f *fetcher) fetch(k, end string) {
	c := f.c
	f.guards = f.present(k, end)
	f.points = f.points[:0]
	places, steps := f.places, f.steps()
	for e, guard := range f.guards {
		p := c.readIf(guard, f.reads, places)
		for n, o := range f.reads {
			if o.kind == index {
				p.values[n] = c.variable(u64, places[n]) // which turns
			}
		}
		f.points = append(f.points, p)
		if e+1 < len(f.guards) {
			places = f.addAll(places, steps)
		}
	}
	f.turn()
}

func (f *fetcher) addAll(places, steps []string) []string {
	next := make([]string, len(places))
	for n, p := range places {
		next[n] = f.c.add(i64, p, steps[n])
	}
	return next
}

// turn goes to the next slice.
func (f *fetcher) turn() {
	c := f.c
	for n, p := range f.places {
		_, deep := f.strides(c, f.reads[n])
		c.emit("add.s64", p, p, c.to(i64, "shl.b64", deep, integer(log2(f.depth))))
	}
}

// store computes the elements fetched and stores them in a stage, which begins at
// an offset (U32).
func (f *fetcher) store(stage string) {
	c := f.c
	at, step := c.add(u32, f.at, stage), f.sharedStep()
	for e, p := range f.points {
		v := f.evaluate(p, f.guards[e])
		c.emit("st.shared."+moveSuffix(f.t), "["+at+"]", c.register(f.t, v))
		if e+1 < len(f.points) {
			at = c.add(u32, at, step)
		}
	}
}

func (f *fetcher) evaluate(p *point, guard string) string {
	c := f.c
	s := &scope{leaf: p.leaf, gather: f.gather}
	if !f.needsCheck() {
		v := c.body(f.body, s)[0]
		if f.tensor { // which take zeros for what is not there
			v = c.to(f.t, "selp."+moveSuffix(f.t), c.register(f.t, v), immediate(f.t, 0), guard)
		}
		return v
	}
	v := c.variable(f.t, immediate(f.t, 0))
	skip := c.label("nothing")
	c.jumpUnless(guard, skip)
	c.set(f.t, v, c.body(f.body, s)[0])
	c.place(skip)
	return v
}
