package ptx

import "fmt"

// Product64 is a form of mma.sync that multiplies float64 matrices. Texts use it where a
// device's results are known to be those of the definition, bit for bit: of each element
// a chain of fused multiply-adds in ascending k, beginning with the accumulator. NVIDIA
// does not document the order; ProductCheck is for asking a device. There are longer ones
// (m16n8k16), which are no faster and take more registers.
type Product64 uint8

// The forms, by the rows of a, the columns of b, and the length of the chains.
const (
	NoProduct64 Product64 = iota // chains are fma.rn of single threads
	M8N8K4                       // sm_80
	M16N8K4                      // sm_90
	M16N8K8                      // sm_90
	numProducts64
)

// products64 are the names and measures of the forms.
var products64 = [numProducts64]struct {
	name        string
	rows, depth int
}{
	NoProduct64: {"none", 0, 0},
	M8N8K4:      {"m8n8k4", 8, 4},
	M16N8K4:     {"m16n8k4", 16, 4},
	M16N8K8:     {"m16n8k8", 16, 8},
}

// String is like "m16n8k8"; "none" for NoProduct64.
func (p Product64) String() string {
	if p < numProducts64 {
		return products64[p].name
	}
	return fmt.Sprintf("product %d", uint8(p))
}

// Rows are those of a and of the result.
func (p Product64) Rows() int { return products64[p].rows }

// Depth is the length of the chains.
func (p Product64) Depth() int { return products64[p].depth }

// In says whether a target has the form.
func (p Product64) In(t Target) bool {
	switch {
	case p == NoProduct64 || p >= numProducts64:
		return false
	case p == M8N8K4:
		return t.ampere()
	}
	return t.hopper()
}

// instruction is its name in a text.
func (p Product64) instruction() string {
	return "mma.sync.aligned." + p.String() + ".row.col.f64.f64.f64.f64.rn"
}

// columns64 are the columns of b and of the result, and warpLanes the threads of a warp.
const (
	columns64 = 8
	warpLanes = 32
)

// ProductCheck is the text of an entry point that does one product for each thread block,
// of one warp: its buffers hold, block after block, a (Rows×Depth, by rows), b (Depth×8,
// by rows) and c (Rows×8, by rows), in this order; c becomes a·b + c.
func ProductCheck(p Product64, t Target) (Entry, error) {
	t, err := t.check()
	if err == nil && !p.In(t) {
		err = fmt.Errorf("ptx: sm_%d with PTX %d.%d has no product %s", t.SM, t.ISA/10, t.ISA%10, p)
	}
	if err != nil {
		return Entry{}, err
	}
	block := newBlock()
	u := newUnit(t, "Products "+p.String()+", one a block, to be compared with chains of fma.", Entry{
		Name: "check_" + p.String(), GroupSize: warpLanes, Buffers: 3, BlockBytes: block.size,
	})
	u.hopper = p != M8N8K4
	c := u.code
	number := c.group()
	lane := c.thread()
	group, quarter := c.to(u32, "shr.u32", lane, "2"), c.to(u32, "and.b32", lane, "3")
	place := func(buffer, elements int, first string) string {
		return c.mad(u64, c.widen(c.mad(u32, number, integer(elements), first)), "8", c.pointer(buffer))
	}
	at := func(p string, element int) string { return "[" + p + "+" + integer(8*element) + "]" }
	load := func(p string, element int) string { return c.to(f64, "ld.global.f64", at(p, element)) }

	a := place(0, p.Rows()*p.Depth(), c.mad(u32, group, integer(p.Depth()), quarter))
	b := place(1, p.Depth()*columns64, c.mad(u32, quarter, integer(columns64), group))
	d := place(2, p.Rows()*columns64, c.mad(u32, group, integer(columns64), c.mul(u32, quarter, "2")))
	var as, bs, ds []string
	for k := 0; k < p.Depth(); k += 4 {
		for row := 0; row < p.Rows(); row += fragmentSide {
			as = append(as, load(a, row*p.Depth()+k))
		}
		bs = append(bs, load(b, k*columns64))
	}
	for row := 0; row < p.Rows(); row += fragmentSide {
		ds = append(ds, load(d, row*columns64), load(d, row*columns64+1))
	}
	c.emit(p.instruction(), vector(ds), vector(as), vector(bs), vector(ds))
	for i, v := range ds {
		c.emit("st.global.f64", at(d, i/2*fragmentSide*columns64+i%2), v)
	}
	return u.finish(), nil
}
