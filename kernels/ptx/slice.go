package ptx

import "github.com/quern-go/quern/kernels"

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
}

// pitch is the elements of a row in shared memory. After each come 16 bytes that
// keep threads which write a column from the same bank.
func (s *slice) pitch() int { return s.width + 16/s.t.Size() }

// bytes is the size of one stage.
func (s *slice) bytes() int { return s.depth * s.pitch() * s.t.Size() }

// elements is how many elements of a slice a thread fetches.
func (s *slice) elements() int { return s.width * s.depth / tileThreads }

// fetcher is what a thread knows to fetch its elements, slice after slice. They
// are a fixed step apart along i (or j), or along k.
type fetcher struct {
	*slice
	c              *code
	gather         func(slot int, t dtype, i string) string
	main, mainStep string   // U32: the first element's position along i or j, and the step
	k, kStep       string   // U32: the same along k
	at, atStep     string   // U32: its address in stage 0 of shared memory, and the step
	steps          []string // I64, of each operand: from one element to the next
	turns          []string // I64, of each operand: from one slice to the next
	bases          []string // of the operands, in the current batch
	places         []string // of the first element in the next slice; they change
	inside         []string // predicates: element e lies within the tile
	guards         []string // predicates: element e was there in the slice fetched last
	points         []*point // what was fetched last
	wideOnes       *wideFetcher
}

// newFetcher finds the elements of a thread.
func (k *contractRender) newFetcher(c *code, s *slice) *fetcher {
	f := &fetcher{slice: s, c: c, gather: c.gathers(k.ops, s.body)}
	thread := c.thread()
	kFirst := c.compare("ne", u32, c.load(u32, s.kFirst), "0")
	choose := func(a, b string) string {
		return c.to(u32, "selp.b32", c.register(u32, a), c.register(u32, b), kFirst)
	}
	depth, width := integer(s.depth), integer(s.width)
	f.main = choose(c.to(u32, "div.u32", thread, depth), c.to(u32, "rem.u32", thread, width))
	f.k = choose(c.to(u32, "rem.u32", thread, depth), c.to(u32, "div.u32", thread, width))
	f.mainStep = choose(integer(tileThreads/s.depth), "0")
	f.kStep = choose("0", integer(tileThreads/s.width))
	pitch, size := integer(s.pitch()), integer(s.t.Size())
	f.at = c.mad(u32, c.mad(u32, f.k, pitch, f.main), size, c.to(u32, "mov.u32", s.array))
	f.atStep = c.mul(u32, c.mad(u32, f.kStep, pitch, f.mainStep), size)
	for _, o := range s.reads {
		along, deep := s.strides(c, o)
		f.steps = append(f.steps, c.mad(i64, c.widen(f.kStep), deep, c.mul(i64, c.widen(f.mainStep), along)))
		f.turns = append(f.turns, c.mul(i64, deep, depth))
		f.places = append(f.places, c.reg(u64))
	}
	return f
}

// strides are an operand's along i (or j) and along k.
func (s *side) strides(c *code, o *operand) (along, deep string) {
	return c.load(i64, o.strides[ijk].at(s.axis)), c.load(i64, o.strides[ijk].at(2))
}

// start goes to the first slice of a tile, which begins at a position along i (or
// j) and k; extent is the length along i (or j).
func (f *fetcher) start(tile, k, extent string) {
	c := f.c
	first := c.add(u32, tile, f.main)
	deep := c.widen(c.add(u32, k, f.k))
	for n, o := range f.reads {
		a, d := f.strides(c, o)
		p := c.mad(i64, c.widen(first), a, f.bases[n])
		c.emit("mad.lo.s64", f.places[n], deep, d, p)
	}
	f.inside = f.inside[:0]
	for range f.elements() {
		f.inside = append(f.inside, c.compare("lt", u32, first, extent))
		first = c.add(u32, first, f.mainStep)
	}
}

// present finds which elements there are in the slice at k.
func (f *fetcher) present(k, end string) []string {
	c := f.c
	at := c.add(u32, k, f.k)
	guards := make([]string, f.elements())
	for e := range guards {
		guards[e] = c.to(boolean, "and.pred", c.compare("lt", u32, at, end), f.inside[e])
		at = c.add(u32, at, f.kStep)
	}
	return guards
}

// fetch reads the slice at k, of those below end, and turns to the next.
func (f *fetcher) fetch(k, end string) {
	c := f.c
	f.guards = f.present(k, end)
	f.points = f.points[:0]
	places := f.places
	for e, guard := range f.guards {
		p := &point{f.reads, make([]string, len(f.reads))}
		for n, o := range f.reads {
			if o.kind == index {
				p.values[n] = c.variable(u64, places[n]) // which turns
				continue
			}
			p.values[n] = c.variable(o.t, immediate(o.t, 0))
			c.guarded(guard, "ld.global."+moveSuffix(o.t), p.values[n], "["+places[n]+"]")
		}
		f.points = append(f.points, p)
		if e+1 < len(f.guards) {
			places = f.addAll(places, f.steps)
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
	for n, p := range f.places {
		f.c.emit("add.s64", p, p, f.turns[n])
	}
}

// store computes the elements fetched and stores them in a stage, which begins at
// an offset (U32).
func (f *fetcher) store(stage string) {
	c := f.c
	at := c.add(u32, f.at, stage)
	for e, p := range f.points {
		v := f.evaluate(p, f.guards[e])
		c.emit("st.shared."+moveSuffix(f.t), "["+at+"]", c.register(f.t, v))
		if e+1 < len(f.points) {
			at = c.add(u32, at, f.atStep)
		}
	}
}

func (f *fetcher) evaluate(p *point, guard string) string {
	c := f.c
	s := &scope{leaf: p.leaf, gather: f.gather}
	if !f.needsCheck() {
		return c.body(f.body, s)[0]
	}
	v := c.variable(f.t, immediate(f.t, 0))
	skip := c.label("nothing")
	c.jumpUnless(guard, skip)
	c.set(f.t, v, c.body(f.body, s)[0])
	c.place(skip)
	return v
}
