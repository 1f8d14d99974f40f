package ptx

import "fmt"

// Target is what the text may use.
type Target struct {
	// SM is the compute capability, 70 for 7.0; at least 70.
	SM int
	// ISA is the newest PTX version that the driver takes: 63 (PTX 6.3) came with
	// R418, 70 with R450. 0 stands for 70.
	ISA int
	// Product64 is the form of tensor units' float64 products that exact products of large
	// matrices may use: one that the target has, whose results are the definition's. A thread
	// block then takes up to Product64Shared of shared memory.
	Product64 Product64
	// Comments adds the instructions of Bodies to their code.
	Comments bool
}

// Product64Shared is the most shared memory, in bytes, that a thread block takes whose
// products are of a Product64: less than devices of sm_80 and sm_90 have.
const Product64Shared = 160 << 10

// The PTX versions that texts are written in: 6.3, 7.0 where instructions of sm_80 are
// used, and 7.8 where those of sm_90 are. The driver compiles each for newer devices too.
const (
	oldISA    = 63
	newISA    = 70
	hopperISA = 78
)

// check checks the target and fills in the ISA.
func (t Target) check() (Target, error) {
	if t.ISA == 0 {
		t.ISA = newISA
	}
	if t.SM < 70 {
		return t, fmt.Errorf("ptx: sm_%d given, expected sm_70 or newer", t.SM)
	}
	if t.ISA < oldISA {
		return t, fmt.Errorf("ptx: PTX %d.%d given, expected 6.3 or newer", t.ISA/10, t.ISA%10)
	}
	if t.Product64 != NoProduct64 && !t.Product64.In(t) {
		return t, fmt.Errorf("ptx: sm_%d with PTX %d.%d has no product %s", t.SM, t.ISA/10, t.ISA%10, t.Product64)
	}
	return t, nil
}

// ampere says whether instructions of sm_80 may be used: cp.async, min.NaN.
func (t Target) ampere() bool { return t.SM >= 80 && t.ISA >= newISA }

// hopper says whether instructions of sm_90 may be used.
func (t Target) hopper() bool { return t.SM >= 90 && t.ISA >= hopperISA }

// header is the head of a text, which may use instructions of sm_90 if hopper holds.
func (t Target) header(hopper bool) string {
	sm, isa := 70, oldISA
	switch {
	case hopper:
		sm, isa = 90, hopperISA
	case t.ampere():
		sm, isa = 80, newISA
	}
	return fmt.Sprintf(".version %d.%d\n.target sm_%d\n.address_size 64\n", isa/10, isa%10, sm)
}
