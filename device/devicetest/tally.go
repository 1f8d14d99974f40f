package devicetest

import (
	"sync"

	"github.com/quern-go/quern/kernels/oracle"
)

// Tally is what a run of the suite has done so far.
type Tally struct {
	Kernels  int // different ones, compiled
	Launches int // compared with the oracle's
	Values   int // compared: elements of outputs and inputs, and of the guards around them
}

// counter adds up Tally.
type counter struct {
	mu      sync.Mutex
	kernels map[string]bool // by key
	tally   Tally
}

func (c *counter) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kernels, c.tally = make(map[string]bool), Tally{}
}

func (c *counter) read() Tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tally
}

// compiled counts a kernel, once.
func (c *counter) compiled(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.kernels[key] {
		c.kernels[key] = true
		c.tally.Kernels++
	}
}

// compared counts a launch of which every array was compared.
func (c *counter) compared(args *oracle.Args) {
	values := 0
	for _, operands := range [][]oracle.Operand{args.Ins, args.Outs} {
		for _, o := range operands {
			values += len(o.Bytes) / o.Type.Size()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.Launches++
	c.tally.Values += values
}
