package ptx

import (
	"errors"
	"github.com/quern-go/quern/kernels"
)

func (m *Module) renderContract(k *kernels.Contract) error { return errors.ErrUnsupported }
