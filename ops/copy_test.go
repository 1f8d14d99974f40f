package ops

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestCopyOfSource copies arrays so large that several threads do it, on devices with memory
// of their own and without, and onto itself.
func TestCopyOfSource(t *testing.T) {
	ctx := context.Background()
	const n = largeCopy/4 + 4099
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(i % 7919)
	}
	for _, c := range []struct {
		name      string
		opts      []Option
		evaluated bool // before: the array is the device's
		n         int
	}{
		{"2 threads", []Option{On("cpu:2threads")}, false, n},
		{"1 thread", []Option{On("cpu:1thread")}, false, n},
		{"small", []Option{On("cpu:2threads")}, false, 1000},
		{"another device", []Option{OnDevice(&testDevice{name: "gpu"})}, false, n},
		{"of an evaluated array", []Option{On("cpu:2threads")}, true, n},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := FromSlice(x[:c.n])
			if c.evaluated {
				var err error
				if a, err = a.AddScalar(0).Eval(ctx, c.opts...); err != nil {
					t.Fatal(err)
				}
			}
			got, err := a.Data(ctx, c.opts...)
			if err != nil || !slices.Equal(got, x[:c.n]) {
				t.Fatalf("a different array, or %v", err)
			}
			cancelled, cancel := context.WithCancel(ctx)
			cancel()
			if err := a.Into(cancelled, got, c.opts...); !errors.Is(err, context.Canceled) {
				t.Errorf("with a cancelled context: %v", err)
			}
		})
	}
	t.Run("onto itself", func(t *testing.T) {
		moved := slices.Clone(x)
		if err := FromSlice(moved[:n-1]).Into(ctx, moved[1:], On("cpu:2threads")); err != nil {
			t.Fatal(err)
		}
		if moved[0] != x[0] || !slices.Equal(moved[1:], x[:n-1]) {
			t.Error("a copy onto itself, one element further, is another array")
		}
	})
}
