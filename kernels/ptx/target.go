package ptx

import "fmt"

// Target is what the text may use.
type Target struct {
	// SM is the compute capability, 70 for 7.0; at least 70.
	SM int
	// ISA is the newest PTX version that the driver takes: 63 (PTX 6.3) came with
	// R418, 70 with R450. 0 stands for 70.
	ISA int
	// Comments adds the instructions of Bodies to their code.
	Comments bool
}

// The PTX versions that texts are written in: 6.3, and 7.0 where instructions of
// sm_80 are used. The driver compiles either for newer devices too.
const (
	oldISA = 63
	newISA = 70
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
	return t, nil
}

// ampere says whether instructions of sm_80 may be used: cp.async, min.NaN.
func (t Target) ampere() bool { return t.SM >= 80 && t.ISA >= newISA }

// header is the head of a text.
func (t Target) header() string {
	sm, isa := 70, oldISA
	if t.ampere() {
		sm, isa = 80, newISA
	}
	return fmt.Sprintf(".version %d.%d\n.target sm_%d\n.address_size 64\n", isa/10, isa%10, sm)
}
