package cuda

import (
	"fmt"
	"iter"
	"slices"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
	"github.com/quern-go/quern/kernels/ptx/interp"
)

// machine has the fake driver's kernels interpreted.
type machine struct {
	descending bool // products of float64 on tensor units are added from the last to the first
}

func (m machine) Load(text string) (fakecuda.Program, error) {
	p, err := interp.Parse(text)
	if err != nil {
		return nil, err
	}
	p.Descending = m.descending
	return interpreted{p}, nil
}

type interpreted struct{ *interp.Program }

func (p interpreted) Entry(name string) (fakecuda.Entry, bool) {
	return interpretedEntry{p.Program, name}, slices.Contains(p.Entries(), name)
}

type interpretedEntry struct {
	program *interp.Program
	name    string
}

func (e interpretedEntry) Run(l *cu.Launch, memory iter.Seq2[uint64, []byte]) error {
	if want := e.program.GroupSize(e.name); int(l.Block) != want {
		return fmt.Errorf("%d threads a block, the entry requires %d", l.Block, want)
	}
	var params [][]byte
	rest := l.Params
	for _, n := range e.program.ParamSizes(e.name) {
		if n > len(rest) {
			return fmt.Errorf("%d bytes of parameters are too few", len(l.Params))
		}
		params, rest = append(params, rest[:n]), rest[n:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes of parameters, %d too many", len(l.Params), len(rest))
	}
	var m interp.Memory
	for address, bytes := range memory {
		m.Map(address, bytes)
	}
	return e.program.Launch(e.name, int(l.Grid), int(l.Shared), params, &m)
}
