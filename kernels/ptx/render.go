package ptx

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// Render makes the texts of a kernel, for launches of at most the given number of
// axes: see grid.AxesFor. The kernel has been validated. The error wraps
// errors.ErrUnsupported if it has more operands than a launch can pass.
func Render(k kernels.Kernel, t Target, axes int) (*Module, error) {
	t, err := t.check()
	if err != nil {
		return nil, err
	}
	if axes < 1 || axes > grid.MaxAxes {
		return nil, fmt.Errorf("ptx: %d axes given, expected 1 to %d", axes, grid.MaxAxes)
	}
	m := &Module{MaxAxes: axes, kernel: k, target: t, limits: usualLimits()}
	switch k := k.(type) {
	case *kernels.Map:
		err = m.renderMap(k)
	case *kernels.Reduce:
		err = m.renderReduce(k)
	case *kernels.Contract:
		err = m.renderContract(k)
	default:
		err = fmt.Errorf("kernel of type %T: %w", k, errors.ErrUnsupported)
	}
	if err != nil {
		return nil, fmt.Errorf("ptx: render: %w", err)
	}
	return m, nil
}

// begin starts an entry point.
func (m *Module) begin(name, about string, groupSize, buffers int, b *block) (*unit, error) {
	bytes, err := b.bytes()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, errors.ErrUnsupported)
	}
	about += "\n\n" + m.kernel.String()
	return newUnit(m.target, about, Entry{Name: name, GroupSize: groupSize, Buffers: buffers, BlockBytes: bytes}), nil
}

// end adds a finished entry point and returns its number.
func (m *Module) end(u *unit) int {
	m.Entries = append(m.Entries, u.finish())
	return len(m.Entries) - 1
}

// newPass appends an empty pass with a block of the entry's size.
func (m *Module) newPass(entry int, into *grid.Plan) *grid.Pass {
	return into.Add(entry, m.Entries[entry].BlockBytes)
}

// fillParams sets the kernel's scalar arguments.
func fillParams(p []byte, at field, params []uint64) {
	for i, v := range params {
		put64(p, at+field(8*i), int64(v))
	}
}

// ceil is a/b rounded up.
func ceil(a, b int) int { return (a + b - 1) / b }
