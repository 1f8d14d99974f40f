package cuda

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/internal/queue"
	"github.com/quern-go/quern/internal/reuse"
)

// sequence is launches that are repeated, as a CUDA graph: one call of the driver
// queues all their passes. The graph is made by the first launch. Later ones change
// the nodes whose parameters differ: where memory lies, mostly.
//
// Where there is little to gain (one pass), or work that must be cut in slices so that
// it can be cancelled, the launches are queued one by one.
type sequence struct {
	device   *Device
	programs []*program
	launches []*launch // while one is prepared
	pace     queue.Pace
	free     reuse.Stack[*replay]

	mu     sync.Mutex // of what follows, which work uses that is queued later
	closed bool
	graph  cu.Graph // whose nodes name those of exec as long as it lives
	exec   cu.Exec
	nodes  []node
}

// node is a kernel launch in the graph.
type node struct {
	handle cu.Node
	call   *cu.Launch
}

// NewSequence prepares launches that are repeated.
func (d *Device) NewSequence(programs []device.Program) (device.Sequence, error) {
	if err := d.owner.Usable("new sequence"); err != nil {
		return nil, err
	}
	q := &sequence{device: d}
	for _, p := range programs {
		prog, ok := p.(*program)
		if !ok || prog.device != d {
			return nil, fmt.Errorf("new sequence: %s: a program was compiled by another device", d.info.Selector())
		}
		q.programs = append(q.programs, prog)
	}
	d.sequences.add(q)
	return q, nil
}

// sequences are those of a device that are open. The lock is held while one is given
// back, so that the device's context does not go before.
type sequences struct {
	mu   sync.Mutex
	open map[*sequence]struct{}
}

func (s *sequences) add(q *sequence) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = make(map[*sequence]struct{})
	}
	s.open[q] = struct{}{}
}

// close gives back all, with the device's context current.
func (s *sequences) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for q := range s.open {
		errs = append(errs, q.release())
	}
	clear(s.open)
	return errors.Join(errs...)
}

// remove gives one back. With a device that is closed, and so may have no context any
// more, all go.
func (s *sequences) remove(q *sequence) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, open := s.open[q]; !open || q.device.owner.Closed() {
		return nil
	}
	delete(s.open, q)
	if q.device.lost.Load() {
		return nil // the context's reset gives it back
	}
	return q.device.do(q.release)
}

// Launch queues the launches.
func (q *sequence) Launch(on device.Stream, args []device.Args) error {
	d := q.device
	s, ok := on.(*stream)
	if !ok || s.line.device != d || len(args) != len(q.programs) {
		return fmt.Errorf("launch: %s: %d arguments for %d programs, or a stream of another device", d.info.Selector(), len(args), len(q.programs))
	}
	if err := d.owner.Usable("launch"); err != nil {
		return err
	}
	if q.singly() {
		return q.each(s, args)
	}
	if err := q.prepare(args); err != nil {
		return d.owner.Error("launch", err)
	}
	passes, seconds, work := q.size()
	if passes < 2 || seconds > queue.SliceSeconds {
		return q.enqueueEach(s)
	}
	return s.Enqueue(q.gather(s, passes, work))
}

// singly says that the launches are not for a graph: the driver has none, or cuBLAS
// may do one of them.
func (q *sequence) singly() bool {
	if q.device.withoutGraphs.Load() {
		return true
	}
	for _, p := range q.programs {
		if p.gemm != nil {
			return true
		}
	}
	return false
}

// each launches one by one.
func (q *sequence) each(s *stream, args []device.Args) error {
	for i, p := range q.programs {
		if err := s.Launch(p, &args[i]); err != nil {
			return err
		}
	}
	return nil
}

// prepare plans every launch; after an error none is left.
func (q *sequence) prepare(args []device.Args) error {
	q.launches = q.launches[:0]
	for i, p := range q.programs {
		l, err := p.prepare(&args[i])
		if err != nil {
			for _, l := range q.launches {
				queue.Release(l)
			}
			return err
		}
		q.launches = append(q.launches, l)
	}
	return nil
}

// size is the number of passes, how long they are predicted to take, and their work.
func (q *sequence) size() (passes int, seconds, work float64) {
	for _, l := range q.launches {
		for i := range l.Plan.Passes {
			p := &l.Plan.Passes[i]
			pace, _ := l.Entry(p.Entry)
			passes++
			seconds += q.device.owner.Seconds(pace, p)
			work += float64(p.Groups) * max(p.Work, 1)
		}
	}
	return passes, seconds, work
}

// enqueueEach queues the prepared launches one by one.
func (q *sequence) enqueueEach(s *stream) error {
	for i, l := range q.launches {
		l.line = s.line
		if err := s.Enqueue(l); err != nil {
			for _, rest := range q.launches[i+1:] {
				queue.Release(rest)
			}
			return err
		}
	}
	return nil
}

// gather makes one work of the prepared launches.
func (q *sequence) gather(s *stream, passes int, work float64) *replay {
	r, ok := q.free.Pop()
	if !ok {
		r = &replay{sequence: q}
	}
	r.line = s.line
	r.Single(0, work)
	for len(r.calls) < passes {
		r.calls = append(r.calls, replayCall{})
	}
	r.calls = r.calls[:passes]
	at := 0
	for _, l := range q.launches {
		for i := range l.Plan.Passes {
			p := &l.Plan.Passes[i]
			c := &r.calls[at]
			c.module, c.entry, c.groups = l.module, p.Entry, p.Groups
			c.params = c.params[:0]
			for _, ref := range p.Buffers {
				c.params = binary.LittleEndian.AppendUint64(c.params, uint64(l.Memory(ref)))
			}
			block := len(c.params)
			c.params = append(c.params, p.Block...)
			clear(c.params[block : block+8]) // the first group, where slices of the pass were queued before
			at++
		}
		r.Absorb(l)
	}
	return r
}

// replay is one launch of a sequence.
type replay struct {
	queue.Launch[address]
	sequence *sequence
	line     *line
	calls    []replayCall
}

// replayCall is a pass of it.
type replayCall struct {
	module *module
	entry  int
	groups int
	params []byte
}

// Entry is what the queue's accounts depend on; a replay is never cut.
func (r *replay) Entry(int) (pace *queue.Pace, most int) { return &r.sequence.pace, 1 }

// Recycle makes the replay free for reuse.
func (r *replay) Recycle() {
	r.line = nil
	r.sequence.free.Push(r)
}

// Enqueue queues the graph, or if there can be none the launches.
func (r *replay) Enqueue(_, _ int, marked bool) (queue.Mark, error) {
	q, s := r.sequence, r.line
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return queue.Mark{}, device.ErrClosed
	}
	err := q.update(r)
	if err != nil {
		return queue.Mark{}, err
	}
	return s.around(marked, func() error {
		if q.exec != 0 {
			return s.api.GraphLaunch(q.exec, s.queue)
		}
		for i := range q.nodes {
			q.nodes[i].call.Stream = s.queue
			if err := s.api.LaunchKernel(q.nodes[i].call); err != nil {
				return err
			}
		}
		return nil
	})
}

// update makes the graph's nodes those of a replay. If the driver makes no graph of
// them, there are the nodes without it.
func (q *sequence) update(r *replay) error {
	d := q.device
	same, err := q.change(r)
	if same && err == nil {
		return nil
	}
	// The graph is no longer that of the nodes.
	if err := errors.Join(err, q.discard()); err != nil {
		return err
	}
	if err := q.build(); err != nil {
		if d.owner.Failure(err); d.lost.Load() {
			return err
		}
		d.withoutGraphs.Store(true)
	}
	return nil
}

// change makes the nodes those of a replay, and those of the graph as far as the driver
// can; same says that the graph has all of them.
func (q *sequence) change(r *replay) (same bool, err error) {
	same = q.exec != 0 && len(q.nodes) == len(r.calls)
	for i := range r.calls {
		changed, replaced, err := q.set(i, &r.calls[i])
		if err != nil {
			return false, err
		}
		if same = same && !replaced; same && changed {
			same = q.device.api.GraphExecKernelNodeSetParams(q.exec, q.nodes[i].handle, q.nodes[i].call) == nil
		}
	}
	q.nodes = q.nodes[:len(r.calls)]
	return same, nil
}

// set makes node number i that of a call, and says whether its parameters have changed,
// and whether it is of another function.
func (q *sequence) set(i int, c *replayCall) (changed, replaced bool, err error) {
	source := &c.module.rendered.Entries[c.entry]
	function, err := c.module.entries[c.entry].ready(q.device, source)
	if err != nil {
		return false, false, err
	}
	if i == len(q.nodes) {
		q.nodes = append(q.nodes, node{call: new(cu.Launch)})
	}
	k := q.nodes[i].call
	replaced = k.Function != function
	changed = replaced || k.Grid != uint32(c.groups) || !bytes.Equal(k.Params, c.params)
	k.Function, k.Grid, k.Block, k.Shared = function, uint32(c.groups), uint32(source.GroupSize), uint32(source.DynamicBytes)
	k.Params = append(k.Params[:0], c.params...)
	return changed, replaced, nil
}

// build makes the graph of the nodes.
func (q *sequence) build() (err error) {
	api := q.device.api
	if q.graph, err = api.GraphCreate(); err != nil {
		return err
	}
	var last cu.Node
	for i := range q.nodes {
		if last, err = api.GraphAddKernelNode(q.graph, last, q.nodes[i].call); err != nil {
			return errors.Join(err, q.discard())
		}
		q.nodes[i].handle = last
	}
	if q.exec, err = api.GraphInstantiate(q.graph); err != nil {
		return errors.Join(err, q.discard())
	}
	return nil
}

// discard gives the graph back; the lock is held. Launches that are queued are still
// done.
func (q *sequence) discard() error {
	g, e := q.graph, q.exec
	q.graph, q.exec = 0, 0
	if q.device.lost.Load() {
		return nil
	}
	var errs []error
	if e != 0 {
		errs = append(errs, q.device.api.GraphExecDestroy(e))
	}
	if g != 0 {
		errs = append(errs, q.device.api.GraphDestroy(g))
	}
	return errors.Join(errs...)
}

// release is Close with the device's context current.
func (q *sequence) release() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	return q.discard()
}

// Close gives the graph back.
func (q *sequence) Close() error {
	if err := q.device.sequences.remove(q); err != nil {
		return q.device.owner.Error("close sequence", err)
	}
	return nil
}
