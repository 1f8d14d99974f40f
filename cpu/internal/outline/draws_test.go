package outline

import (
	"testing"

	"github.com/quern-go/quern/kernels"
)

// TestDrawsAreLikely: kernels compute draws the likely way, without a test of their
// arguments. That a pair of words is likely depends on each of them alone, on its upper
// 24 bits: all of those that differ from the others in kind, and one in 1021 of the rest
// (every one was tried once).
func TestDrawsAreLikely(t *testing.T) {
	for _, d := range Draws() {
		inlined, err := d.Body.InlineCalls(nil)
		if err != nil {
			t.Fatal(err)
		}
		likely, guarded, err := inlined.Likely()
		if err != nil {
			t.Fatal(err)
		}
		if !guarded {
			continue
		}
		b := kernels.NewBuilder()
		values := make([]kernels.Value, len(likely.Insts))
		for i, in := range likely.Insts {
			for k := range in.NumArgs() {
				in.Args[k] = values[in.Args[k]]
			}
			values[i] = b.Emit(in)
		}
		guard, err := b.Build(values[likely.Results[1]])
		if err != nil {
			t.Fatal(err)
		}
		const last = 1<<24 - 1
		for arg := range d.Words() {
			check := func(top uint64) {
				got := guard.Eval(func(in *kernels.Inst) uint64 {
					if int(in.Imm) == arg {
						return top << 8
					}
					return 0
				}, nil)
				if got[0]&1 != 1 {
					t.Fatalf("%s: word %d = %#x is not likely", d.Name, arg, top<<8)
				}
			}
			for top := uint64(0); top <= last; top += 1021 {
				check(top)
			}
			for k := range uint64(24) {
				check(1<<k - 1)
				check(1 << k)
				check(last - 1<<k)
				check(last - 1<<k + 1)
			}
			check(last)
		}
	}
}
