package contract

import (
	"sync"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/cpu/internal/gemm"
)

// Memory is what the launches of a device's Contracts compute with: buffers for
// packed operands, strips and accumulators, some 1 to 40 MiB for each launch that
// runs at the same time as others.
type Memory struct {
	caches gemm.Caches

	mu   sync.Mutex
	free []*launch // of launches that have ended
}

// NewMemory returns an empty Memory for a machine with the given caches.
func NewMemory(caches gemm.Caches) *Memory { return &Memory{caches: caches} }

// Trim gives back what is not in use, except for what one launch needs. The next
// would need it again, and have it beside the old, which the garbage collector
// leaves in memory for a while.
func (m *Memory) Trim() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.free) > 1 {
		clear(m.free[1:])
		m.free = m.free[:1]
	}
}

func (m *Memory) take() *launch {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		l := m.free[n-1]
		m.free = m.free[:n-1]
		return l
	}
	return &launch{work: gemm.NewWorkspace(m.caches)}
}

func (m *Memory) give(l *launch) {
	l.forget()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, l)
}

// forget lets go of the launch's memory.
func (l *launch) forget() {
	l.Program, l.args, l.runner = nil, nil, nil
	for _, ln := range []*line{&l.row, &l.col, &l.finish, &l.last} {
		ln.forget()
	}
	clear(l.byK)
	l.problem32, l.problem64 = gemm.Problem[float32]{}, gemm.Problem[float64]{}
	for _, w := range l.workers {
		if w == nil {
			continue
		}
		for _, f := range []*lineFrame{&w.row, &w.col, &w.finish, &w.last} {
			f.Forget()
			f.bound = nil // the line, and memory given to it, must be bound anew
		}
		w.steps.frame.Forget()
		clear(w.accs)
		clear(w.results)
	}
}

// worker is what a participant of a launch needs for itself.
type worker struct {
	number                 int      // of the participant
	program                *Program // whose accumulators the rest fits
	columns                int      // the longest row of the tree
	row, col, finish, last lineFrame
	accs                   []unsafe.Pointer // by accumulator of the chains
	results, found         []unsafe.Pointer // by accumulator of the fold
	tree                   fold.Tree
	steps                  stepState
	work                   *gemm.Workspace // if it runs gemm by itself

	_ [64]byte // keeps what workers write on cache lines of their own
}

// worker returns the state of a participant.
func (l *launch) worker(id int) *worker {
	w := l.workers[id]
	if w != nil && w.program == l.Program && w.columns >= l.cols.n {
		return w
	}
	if w == nil {
		w = &worker{number: id}
		l.workers[id] = w
	}
	w.program, w.columns = l.Program, l.cols.n
	w.accs = make([]unsafe.Pointer, len(l.kernel.Accs))
	if f := l.kernel.Fold; f != nil {
		w.results = make([]unsafe.Pointer, len(f.Accs))
		w.found = make([]unsafe.Pointer, len(f.Accs))
		w.tree.Init(l.table, f.Accs, l.cols.n)
		w.steps.trees = nil
	}
	return w
}

// buffer is aligned memory that grows.
type buffer struct {
	p     unsafe.Pointer
	bytes int
}

// reserve makes the buffer hold a number of bytes, of any values.
func (b *buffer) reserve(bytes int) {
	if b.bytes < bytes {
		b.p, b.bytes = newBuffer(bytes), bytes
	}
}

func newBuffer(bytes int) unsafe.Pointer {
	const alignment = 64 // a cache line
	p := unsafe.Pointer(unsafe.SliceData(make([]byte, bytes+alignment)))
	return unsafe.Add(p, int(-uintptr(p)%alignment))
}
