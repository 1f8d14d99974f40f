package fakecuda

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/cublas"
)

// Machine runs kernels.
type Machine interface {
	// Load compiles PTX text; the error is what the compiler says.
	Load(ptx string) (Program, error)
}

// Program is compiled PTX.
type Program interface {
	// Entry finds an entry point.
	Entry(name string) (Entry, bool)
}

// Entry is a kernel.
type Entry interface {
	// Run runs all blocks. Memory is every allocation of the context, by address.
	// The error is a cu.Error if it stands for one of the driver's, such as an
	// illegal address; any other is a violation.
	Run(l *cu.Launch, memory iter.Seq2[uint64, []byte]) error
}

// Options describe the driver.
type Options struct {
	Devices []Device
	Version int          // 12040: CUDA 12.4
	Without []cu.Ability // that the driver lacks
	Machine Machine
	Seed    uint64 // of when queued work runs
	Late    bool   // not before somebody waits or looks
	Prompt  bool   // work is done as soon as it is queued
	// Contrary has streams that nothing orders run as far apart as they may: the work of
	// some is done as soon as it is queued, that of others not before it is waited for, by
	// lot whenever a stream has been idle. What should have waited for other work and did
	// not comes before it sooner or later.
	Contrary bool
	// Hold says that work is not begun yet, however much it is waited for by an event: as
	// if it took long. Other streams get on.
	Hold func(Held) bool
	// Took is how long work takes by the events around it; 0 is what it does take.
	Took time.Duration
	// Init is what cuInit answers; success by default.
	Init cu.Code
}

// Held is work that is next on its stream.
type Held struct {
	Kernel, Download bool
	Queued, Done     Work // so far, on all streams
}

// Work counts copies and launches.
type Work struct{ Uploads, Kernels, Downloads int }

// Device is a GPU.
type Device struct {
	Name       string
	UUID       [16]byte
	PCIBusID   string
	Memory     int64
	Attributes map[cu.Attribute]int
}

// Driver is the fake. It implements cu.API; its methods may be called from
// several goroutines.
type Driver struct {
	options Options

	mu          sync.Mutex
	initialized bool
	rng         *rand.Rand
	next        uintptr // handle
	gpus        []*gpu
	contexts    map[cu.Context]*context
	stacks      map[int][]*context // by thread
	streams     map[cu.Stream]*stream
	events      map[cu.Event]*event
	modules     map[cu.Module]*module
	functions   map[cu.Function]*function
	pinned      map[uintptr]pinned
	blas        map[cublas.Handle]*blasHandle
	graph       map[cu.Graph]*graph
	execs       map[cu.Exec]*graph
	calls       map[string]int
	work        Held // what has been queued and done
	inject      func(function string, call int) cu.Code
	violations  []string
}

// New returns a driver that has not been initialised.
func New(o Options) *Driver {
	d := &Driver{
		options: o, rng: rand.New(rand.NewPCG(o.Seed, 1)), next: 0x1000,
		contexts: make(map[cu.Context]*context), stacks: make(map[int][]*context),
		streams: make(map[cu.Stream]*stream), events: make(map[cu.Event]*event),
		modules: make(map[cu.Module]*module), functions: make(map[cu.Function]*function),
		pinned: make(map[uintptr]pinned), blas: make(map[cublas.Handle]*blasHandle),
		graph: make(map[cu.Graph]*graph), execs: make(map[cu.Exec]*graph), calls: make(map[string]int),
	}
	for i := range o.Devices {
		d.gpus = append(d.gpus, &gpu{Device: &o.Devices[i], ordinal: i})
	}
	return d
}

// Inject asks f at every call: a code other than success is the call's answer.
// call counts the calls of that function from 1. A function that ends something's life
// ends it all the same.
func (d *Driver) Inject(f func(function string, call int) cu.Code) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inject = f
}

// Queued is what has been queued so far.
func (d *Driver) Queued() Work {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.work.Queued
}

// Calls is how often each function has been called.
func (d *Driver) Calls() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make(map[string]int, len(d.calls))
	for name, n := range d.calls {
		out[name] = n
	}
	return out
}

// Violations lists what the real driver might have forgiven, or not.
func (d *Driver) Violations() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.violations)
}

// Leaks says what is still alive; "" if nothing is.
func (d *Driver) Leaks() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var parts []string
	count := func(what string, n int) {
		if n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	regions, retained := 0, 0
	for _, c := range d.contexts {
		regions += len(c.regions)
		retained += c.retained
	}
	current := 0
	for _, stack := range d.stacks {
		current += len(stack)
	}
	count("contexts retained", retained)
	count("contexts current", current)
	count("streams", len(d.streams))
	count("events", len(d.events))
	count("modules", len(d.modules))
	count("allocations", regions)
	count("page-locked allocations", len(d.pinned))
	count("handles of cuBLAS", len(d.blas))
	count("graphs", len(d.graph)+len(d.execs))
	return strings.Join(parts, ", ")
}

func (d *Driver) violate(format string, args ...any) {
	d.violations = append(d.violations, fmt.Sprintf(format, args...))
}

// handle returns a number that has not been used before.
func (d *Driver) handle() uintptr {
	d.next += 0x10
	return d.next
}

// count notes a call and asks whether it is made to fail; the lock is held.
func (d *Driver) count(name string) error {
	d.calls[name]++
	if d.inject != nil {
		if code := d.inject(name, d.calls[name]); code != cu.Success {
			return cu.NewError(name, code)
		}
	}
	if !d.initialized && name != "cuInit" && name != "cuDriverGetVersion" {
		d.violate("%s before cuInit", name)
		return cu.NewError(name, cu.NotInitialized)
	}
	return nil
}

// within is count for functions that work in the current context, which it
// returns unless there is none. The error may come with a context: then the call
// was made to fail, or the context is broken.
func (d *Driver) within(name string) (*context, error) {
	injected := d.count(name)
	c := d.current()
	if c == nil {
		d.violate("%s: no context is current on the thread", name)
		return nil, cu.NewError(name, cu.InvalidContext)
	}
	if injected != nil && isSticky(cu.CodeOf(injected)) {
		c.broken = cu.CodeOf(injected)
	}
	if c.broken != cu.Success {
		return c, cu.NewError(name, c.broken)
	}
	if injected == nil {
		d.wander(c)
	}
	return c, injected
}

// isSticky tells codes that break the context from others that mean that the
// device is lost.
func isSticky(code cu.Code) bool {
	return code >= cu.IllegalAddress && code < cu.NotSupported && code != cu.LaunchOutOfResources || code == cu.ECCUncorrectable
}
