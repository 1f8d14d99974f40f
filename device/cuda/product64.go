package cuda

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/internal/cache"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/ptx"
)

// Exact products of float64 on tensor units. Nobody documents in which order these add,
// and how often they round: so a device is asked, once, and what it says is kept in the
// cache. Where one bit is other than that of the definition, single threads do the work.

// env64 is the environment variable that turns them off, or names the one form to try.
const env64 = "QUERN_DMMA"

// product64 says on which units exact products of float64 are computed.
type product64 struct {
	form ptx.Product64 // NoProduct64: none
	why  string        // none, or why those before this one are not used; may be ""
}

// String is as detect tells it.
func (p product64) String() string {
	switch {
	case p.form == ptx.NoProduct64:
		return "none: " + p.why
	case p.why != "":
		return fmt.Sprintf("%s; %s", p.form, p.why)
	}
	return p.form.String() + ": its bits are the definition's"
}

// newestISA is the newest PTX version that a driver takes, of those that texts are
// written in.
func newestISA(version int) int {
	if version >= 11080 {
		return 78
	}
	return 70
}

// targetOf is what the texts of a kernel may use.
func (d *Device) targetOf(k kernels.Kernel) ptx.Target {
	t := d.target
	if ptx.UsesProduct64(k) {
		t.Product64 = d.product64().form
	}
	return t
}

// Note says on which units products of float64 are computed.
func (d *Device) Note(k kernels.Kernel) string {
	if !ptx.UsesProduct64(k) {
		return ""
	}
	p := d.product64()
	if p.form == ptx.NoProduct64 {
		return "not on tensor units: " + p.why
	}
	return fmt.Sprintf("on tensor units (%s)", p.form)
}

// forms64 are the forms of products to try on a device, the fastest first, and why there
// are none. Other devices than these have them for compatibility, and are slow at them.
func (d *Device) forms64() (forms []ptx.Product64, why string) {
	wanted := os.Getenv(env64)
	if wanted == "off" || wanted == "0" {
		return nil, fmt.Sprintf("turned off by %s=%s", env64, wanted)
	}
	f := &d.found.facts
	if f.capability != 80 && f.capability != 90 {
		return nil, "compute capability " + f.capabilityText() + " has no fast ones"
	}
	for _, p := range []ptx.Product64{ptx.M16N8K8, ptx.M16N8K4, ptx.M8N8K4} {
		if p.In(d.target) && ptx.Product64Shared <= f.shared && (wanted == "" || wanted == p.String()) {
			forms = append(forms, p)
		}
	}
	if forms == nil {
		why = "the driver or the device's shared memory does not suffice"
		if wanted != "" {
			why = fmt.Sprintf("%s=%s is none of those for this device and driver", env64, wanted)
		}
	}
	return forms, why
}

// findProduct64 is the best form whose bits are the definition's, as ask says.
func (d *Device) findProduct64(ask func(ptx.Product64) (equal bool, err error)) product64 {
	forms, why := d.forms64()
	for _, p := range forms {
		equal, err := ask(p)
		switch {
		case err != nil:
			return product64{why: fmt.Sprintf("%s: %v", p, err)}
		case equal:
			return product64{p, why}
		}
		why = p.String() + " has other bits than the definition"
	}
	return product64{why: why}
}

// The verdicts on a form, as the cache has them.
const (
	verdictEqual = "equal"
	verdictOther = "other"
)

// errNotChecked says that a form has not been compared with the definition.
var errNotChecked = errors.New("not yet compared with the definition, which the first product of float64 will do")

// remembers64 says whether a form's bits are the definition's, as it was found out before
// on such a device with such a driver.
func (d *Device) remembers64(p ptx.Product64) (bool, error) {
	verdict, ok := cache.Recall(d.options.Cache, d.cacheKey("product64", p.String()))
	if !ok {
		return false, errNotChecked
	}
	return string(verdict) == verdictEqual, nil
}

// knows64 is remembers64, or finds it out and remembers it.
func (d *Device) knows64(p ptx.Product64) (bool, error) {
	if equal, err := d.remembers64(p); err == nil {
		return equal, nil
	}
	equal, err := d.check64(p)
	if err != nil {
		return false, fmt.Errorf("not compared with the definition: %w", err)
	}
	verdict := verdictOther
	if equal {
		verdict = verdictEqual
	}
	cache.Remember(d.options.Cache, d.cacheKey("product64", p.String()), []byte(verdict))
	return equal, nil
}

// trials64 are how many products a check does: some thousand chains of every kind of
// numbers, in a millisecond.
const trials64 = 96

// check64 compares products of awkward numbers with the definition.
func (d *Device) check64(p ptx.Product64) (bool, error) {
	x := newTrials(p)
	got := make([]byte, len(x.c))
	opened, err := d.NewStream()
	if err != nil {
		return false, err
	}
	defer opened.Close()
	s := opened.(*stream)
	var bufs []*block
	for _, bytes := range [][]byte{x.a, x.b, x.c} {
		b, err := d.owner.Alloc(len(bytes))
		if err != nil {
			return false, err
		}
		defer b.Release()
		bufs = append(bufs, b)
		if err := s.Upload(b, bytes); err != nil {
			return false, err
		}
	}
	if err := s.Sync(context.Background()); err != nil {
		return false, err
	}
	if err := s.Use("check", func() error { return s.line.multiply64(p, bufs) }); err != nil {
		return false, d.owner.Error("check", err)
	}
	if err := s.Download(got, bufs[2]); err != nil {
		return false, err
	}
	if err := s.Sync(context.Background()); err != nil {
		return false, err
	}
	return x.equal(got), nil
}

// multiply64 does the products of a check, and waits for them.
func (s *line) multiply64(p ptx.Product64, bufs []*block) error {
	source, err := ptx.ProductCheck(p, s.device.target)
	if err != nil {
		return err
	}
	m, err := s.device.load(&source)
	if err != nil {
		return err
	}
	f, err := s.api.ModuleGetFunction(m, source.Name)
	if err == nil {
		k := &cu.Launch{Function: f, Grid: trials64, Block: uint32(source.GroupSize), Stream: s.queue}
		for _, b := range bufs {
			k.Params = binary.LittleEndian.AppendUint64(k.Params, uint64(b.Memory()))
		}
		k.Params = append(k.Params, make([]byte, source.BlockBytes)...)
		err = s.api.LaunchKernel(k)
	}
	if err == nil {
		if err = s.api.StreamSynchronize(s.queue); err != nil {
			s.Quiesce() // it may still use its memory
		}
	}
	if s.device.lost.Load() {
		return err // the context's reset unloads it
	}
	if unloaded := s.api.ModuleUnload(m); err == nil {
		err = unloaded
	}
	return err
}

// trials are the operands of a check's products, as bytes.
type trials struct {
	form    ptx.Product64
	a, b, c []byte
}

func newTrials(p ptx.Product64) *trials {
	r := rand.New(rand.NewPCG(64, uint64(p)))
	x := &trials{form: p}
	rows, depth := p.Rows(), p.Depth()
	for trial := range trials64 {
		x.a = appendAwkward(x.a, r, rows*depth, trial)
		x.b = appendAwkward(x.b, r, depth*8, trial)
		x.c = appendAwkward(x.c, r, rows*8, trial)
	}
	return x
}

// appendAwkward appends numbers whose products and sums tell orders and roundings apart:
// of like size, of sizes far apart, whole ones of which sums cancel, small ones whose
// products are denormal, and any bits, with zeros, infinities and NaN among them.
func appendAwkward(p []byte, r *rand.Rand, n, kind int) []byte {
	special := []float64{0, math.Copysign(0, -1), 1, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, 0x1p-1074}
	for range n {
		v := r.Float64()*2 - 1
		switch kind % 6 {
		case 1:
			v = math.Ldexp(v, r.IntN(120)-60)
		case 2:
			v = float64(r.IntN(9)-4) * (1 + 0x1p-52*float64(r.IntN(4)))
		case 3:
			v = math.Ldexp(v, -500-r.IntN(50))
		case 4:
			v = math.Float64frombits(r.Uint64())
		case 5:
			if r.IntN(3) == 0 {
				v = special[r.IntN(len(special))]
			}
		}
		p = binary.LittleEndian.AppendUint64(p, math.Float64bits(v))
	}
	return p
}

// equal says whether results are the definition's: of each element a chain in ascending
// k that begins with c. Which NaN a NaN is does not matter.
func (x *trials) equal(got []byte) bool {
	at := func(p []byte, i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(p[8*i:])) }
	rows, depth := x.form.Rows(), x.form.Depth()
	for i := range trials64 * rows * 8 {
		trial, row, col := i/(rows*8), i/8, i%8
		want := at(x.c, i)
		for k := range depth {
			want = math.FMA(at(x.a, row*depth+k), at(x.b, (trial*depth+k)*8+col), want)
		}
		if g := at(got, i); math.Float64bits(g) != math.Float64bits(want) && (g == g || want == want) {
			return false
		}
	}
	return true
}
