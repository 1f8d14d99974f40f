package ops

import (
	"context"
	"errors"
	"fmt"

	"github.com/quern-go/quern/device"
)

// errOverwritten is wrapped by the failure of an evaluation that may have written
// over its own sources: doing it again would compute from the remains.
var errOverwritten = errors.New("the result's slice is also a source, which may have been overwritten")

// overwrite prepares to write over a source: whatever can fail before has to be
// done by then, so that the evaluation can still be done elsewhere.
func (r *run) overwrite(ctx context.Context, stream device.Stream, queued bool) error {
	if queued {
		if err := r.sync(ctx, stream); err != nil {
			return err
		}
	}
	r.overwrites = true
	return nil
}

// forgetOverwritten drops the device copies of sources whose slice has become
// the result, or the remains of an evaluation that failed.
func (b *bound) forgetOverwritten(dst []byte) {
	for i := range b.sources {
		d := b.source(i)
		if overlaps(d.host, dst) {
			d.forget()
		}
	}
}

// overwritten marks a failure after that.
func (r *run) overwritten(err error) error {
	if err != nil && r.overwrites {
		return fmt.Errorf("%w; %w", err, errOverwritten)
	}
	return err
}
