package ops

import (
	"context"
	"slices"
)

// largeCopy is how many bytes within the host's memory are worth several threads. One core
// does not reach the memory's bandwidth.
const largeCopy = 8 << 20

// copyTo copies host memory to dst, which has its length: what is large with all threads of
// one of the devices that the options allow, if one computes on the host's memory.
func (o *Option) copyTo(ctx context.Context, dst, src []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(src) >= largeCopy && !overlaps(dst, src) {
		if u := o.hostUnit(); u != nil && u.copyHost(ctx, dst, src) == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	copy(dst, src)
	return nil
}

// hostUnit is a device, of those that the options allow, that computes on the host's memory;
// nil if there is none.
func (o *Option) hostUnit() *unit {
	units, err := o.engineOrDefault().candidates(o)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(units, func(u *unit) bool { return u.wrapper != nil && u.lost.Load() == nil })
	if i < 0 {
		return nil
	}
	return units[i]
}

// copyHost copies with the device's threads.
func (u *unit) copyHost(ctx context.Context, dst, src []byte) error {
	b, err := u.wrap(src)
	if err != nil {
		return err
	}
	defer b.Release()
	return u.download(ctx, dst, b)
}
