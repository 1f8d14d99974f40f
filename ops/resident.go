package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// errNowhereElse is wrapped by the failure to read an array from lost devices.
var errNowhereElse = errors.New("the array is nowhere else")

// read fetches an array that is on devices only from the first that gives it:
// into dst, or if that is nil into memory of its own. Where the host can read
// the device's memory in place, that is what is returned: mapped.
func (cs *copies) read(ctx context.Context, dst []byte) (host []byte, mapped bool, err error) {
	cs.mu.Lock()
	list := slices.Clone(cs.list)
	cs.mu.Unlock()
	var failures []error
	for _, c := range list {
		host, mapped, err := c.read(ctx, dst)
		if err == nil {
			return host, mapped, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	err = errors.Join(failures...)
	if !slices.ContainsFunc(list, func(c *deviceCopy) bool { return c.unit.lost.Load() == nil }) {
		err = fmt.Errorf("%w; %w", err, errNowhereElse)
	}
	return nil, false, err
}

func (c *deviceCopy) read(ctx context.Context, dst []byte) (host []byte, mapped bool, err error) {
	u := c.unit
	if err := u.lostError(); err != nil {
		return nil, false, err
	}
	if u.mapper == nil {
		if dst == nil {
			dst = make([]byte, c.buffer.Bytes())
		}
		return dst, false, u.download(ctx, dst, c.buffer)
	}
	host, err = u.hostBytes(c.buffer)
	if err != nil {
		return nil, false, err
	}
	if u.wrapper != nil && len(dst) >= largeCopy {
		return host, true, u.download(ctx, dst, c.buffer)
	}
	copy(dst, host)
	return host, true, nil
}
