package clike

import (
	"errors"

	"github.com/quern-go/quern/kernels"
)

func renderReduce(*source, *kernels.Reduce, int) (planner, error) { return nil, errors.ErrUnsupported }
func renderContract(*source, *kernels.Contract, int) (planner, error) {
	return nil, errors.ErrUnsupported
}
