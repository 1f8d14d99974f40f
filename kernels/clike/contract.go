package clike

import (
	"errors"

	"github.com/quern-go/quern/kernels"
)

func renderContract(*source, *kernels.Contract, int) (planner, error) {
	return nil, errors.ErrUnsupported
}
