package cpu

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// compile makes the runner of a kernel.
func (d *Device) compile(k kernels.Kernel) (runner, error) {
	return nil, fmt.Errorf("kernel of type %T: %w", k, errors.ErrUnsupported)
}
