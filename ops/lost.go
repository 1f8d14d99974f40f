package ops

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quern-go/quern/device"
)

// noted is err, which the unit's own device gave; a loss is remembered, and its
// streams closed.
func (u *unit) noted(err error) error {
	if err != nil && errors.Is(err, device.ErrLost) && u.lost.CompareAndSwap(nil, &err) {
		u.closeLanes() // of a lost device: there is nothing to be done about errors
	}
	return err
}

// lostError says that and why the device cannot be used any more, or is nil.
func (u *unit) lostError() error {
	if cause := u.lost.Load(); cause != nil {
		return fmt.Errorf("%s has been lost: %w", u.name, *cause)
	}
	return nil
}

// describe is the device's Info, with its loss.
func (u *unit) describe() device.Info {
	info := u.info
	if err := u.lostError(); err != nil {
		info.Details = append(slices.Clone(info.Details), device.Detail{Name: "lost", Value: err.Error()})
	}
	return info
}
