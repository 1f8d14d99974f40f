package panel

import (
	"cmp"
	"runtime"
	"slices"

	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/plan"
)

const (
	// maxDepth bounds how deep cuts are nested.
	maxDepth = 12
	// maxBuilds bounds the plans made in one search; one of a long expression, whose
	// key is keyOfBuild bytes or more, counts as several.
	maxBuilds  = 600
	keyOfBuild = 1 << 10
	// maxWaste is how many such plans may be garbage, some 50 kB each.
	maxWaste = 60
	// closeEnough is by how much the time of a cut may exceed what others take at
	// least for the search to end.
	closeEnough = 1.05
)

// search looks for one cut.
type search struct {
	*Cutter
	builds int
	err    error
}

// task is an expression to be evaluated.
type task struct {
	n       *expr.Node
	strides []int   // of its value; nil: in row-major order
	budget  int     // bytes
	limit   float64 // seconds; what takes longer is of no use
	depth   int     // of the cuts around it
	file    bool    // the value goes to a file: panels of it take memory
	done    axes    // along which it has been cut
}

// axes is a set of axes.
type axes uint

func (a axes) has(axis int) bool  { return a>>axis&1 == 1 }
func (a axes) with(axis int) axes { return a | 1<<axis }

// known is an answer, and the limit of the search for it.
type known struct {
	cut   *Cut
	limit float64
}

// inside is a task that is a part of t; what else there is of t takes a number of
// seconds, and the part is done a number of times.
func (t task) inside(n *expr.Node, budget int, seconds, times float64) task {
	return task{n: n, budget: budget, limit: (t.limit - seconds) / times, depth: t.depth + 1}
}

// result is the memory that so many bytes of the value take, if it is not that of whoever
// asked for it.
func (t task) result(block func(int) int, bytes int) int {
	if !t.file {
		return 0
	}
	return block(bytes)
}

// choose finds the best way to do a task.
func (s *search) choose(t task) *Cut {
	key := s.keyOf(t)
	if k, ok := s.known[key]; ok && (k.cut.Over == 0 || t.limit <= k.limit) {
		return k.cut
	}
	best := s.whole(t.n, t.strides, t.budget)
	if best.Over > 0 && t.depth < maxDepth {
		best = s.cut(t, best)
	}
	s.known[key] = known{best, t.limit}
	return best
}

// way is one kind of cut, and about how long that takes, at least.
type way struct {
	seconds float64
	try     func(t task) *Cut
}

// cut looks for something better than the whole, beginning with what promises to
// repeat the least work.
func (s *search) cut(t task, whole *Cut) *Cut {
	ways := s.ways(t)
	slices.SortStableFunc(ways, func(a, b way) int { return cmp.Compare(a.seconds, b.seconds) })
	scale := whole.Seconds / Work(t.n)
	best := whole
	for _, w := range ways {
		if s.err != nil || s.builds > maxBuilds || closeEnough*scale*w.seconds >= t.limit {
			break
		}
		if c := w.try(t); c != nil && c.betterThan(best) {
			best = c
		}
		if best.Over == 0 {
			t.limit = min(t.limit, best.Seconds)
		}
	}
	return best
}

func (s *search) ways(t task) []way {
	var ways []way
	for axis, length := range t.n.Shape {
		if length > 1 && !t.done.has(axis) && !(t.n.Op.IsScan() && axis == t.n.Axis) {
			ways = append(ways, way{s.workAlong(t.n, axis, t.budget), func(t task) *Cut { return s.inPanels(t, axis) }})
		}
	}
	if t.n.Op.IsReduction() {
		ways = append(ways, way{s.workInBlocks(t.n, t.budget), s.inBlocks})
	}
	if p, ok := PassesOf(t.n); ok {
		ways = append(ways, way{workInPasses(p), s.inPasses})
	}
	return append(ways, way{Work(t.n), s.valuesFirst})
}

// whole is the evaluation by one plan.
func (s *search) whole(n *expr.Node, strides []int, budget int) *Cut {
	o := Options(budget)
	o.Strides = strides
	b := plan.Bind(n, o)
	defer b.Free()
	s.count(1 + len(b.Key)/keyOfBuild)
	binding := b.Binding()
	p, err := plan.Build(n, &binding, o)
	if err != nil {
		s.err = err
		return &Cut{}
	}
	need := s.model.Need(p, &binding)
	cut := &Cut{Need: need, Over: max(0, need-budget), Seconds: seconds(p)}
	for _, source := range binding.Sources {
		cut.Seconds += FileSeconds(s.model.Read(source))
	}
	return cut
}

// count counts plans made. Between large arrays the garbage that they are would be
// left lying until it is as much as the arrays, so it is collected now and then.
func (s *search) count(plans int) {
	s.builds += plans
	s.waste += plans
	if s.waste > maxWaste {
		s.waste = 0
		runtime.GC()
	}
}

// seconds is the time of a plan.
func seconds(p *plan.Plan) float64 {
	total := 0.0
	for i := range p.Steps {
		step := &p.Steps[i]
		total += launchSeconds + max(step.Bytes/bytesPerSecond, step.Flops32/flopsPerSecond32+step.Flops64/flopsPerSecond64)
	}
	return total
}

func (c *Cut) betterThan(d *Cut) bool {
	return c.Over < d.Over || c.Over == d.Over && c.Seconds < d.Seconds
}

// add counts a piece that is evaluated a number of times while held bytes are
// taken already.
func (c *Cut) add(piece *Cut, held int, times float64) {
	c.Need = max(c.Need, held+piece.Need)
	c.Over = max(c.Over, piece.Over)
	c.Seconds += times * piece.Seconds
}
