package ops

import (
	"errors"
	"fmt"
)

// Workspace sets how many bytes of memory the temporaries of an evaluation may take on
// the CPU, beside inputs and result. What does not fit is computed in panels, some of it
// more than once, or stored in temporary files (in os.TempDir) until it is needed; the bits
// stay the same. Without it the temporaries take at most 40 MiB, less what the CPU itself
// takes for products, so that a program stays within 64 MiB of its inputs and results; with
// more there is less to recompute. There is a least that an evaluation takes, such as a row
// and a column of each product's operands and whatever a sort of all elements reads: where
// that is more, Explain says so, and under Strict it is an error.
func Workspace(bytes int) Option { return Option{workspace: &bytes} }

// checkWorkspace reports a workspace that is none.
func (o *Option) checkWorkspace() error {
	if o.workspace != nil && *o.workspace <= 0 {
		return fmt.Errorf("workspace: %d bytes, expected at least 1", *o.workspace)
	}
	return nil
}

// limits are those of evaluations with the options.
func (e *Engine) limits(o *Option) limits {
	l := limits{workspace: e.budget, strict: o.strict}
	if o.workspace != nil {
		l.workspace = *o.workspace
	}
	return l
}

// errWorkspace is wrapped by the error of an evaluation that needs more than the Workspace.
var errWorkspace = errors.New("the workspace is too small")
