package ptx

import "fmt"

// Target is what the text may use.
type Target struct {
	// SM is the compute capability, 70 for 7.0; at least 70.
	SM int
	// ISA is the PTX version, 63 for 6.3; 0 stands for the lowest that the
	// compute capability allows. It must be one that the driver knows: 6.3 came
	// with R418, 7.0 with R450, 7.8 with R520.
	ISA int
	// Comments adds the instruction of the Body to its code.
	Comments bool
}

// lowest are the first PTX versions that know a compute capability.
var lowest = []struct{ sm, isa int }{
	{120, 87}, {100, 86}, {90, 78}, {89, 78}, {87, 74}, {86, 71}, {80, 70}, {75, 63}, {70, 63},
}

// withDefaults fills in the ISA.
func (t Target) withDefaults() (Target, error) {
	if t.SM < 70 {
		return t, fmt.Errorf("ptx: sm_%d given, expected sm_70 or newer", t.SM)
	}
	for _, l := range lowest {
		if t.SM >= l.sm {
			if t.ISA == 0 {
				t.ISA = l.isa
			}
			break
		}
	}
	if t.ISA < 63 {
		return t, fmt.Errorf("ptx: PTX version %d.%d given, expected 6.3 or newer", t.ISA/10, t.ISA%10)
	}
	return t, nil
}

// sm is the compute capability that the text names: where the PTX version does
// not know the device's own, the newest that it knows. The driver compiles PTX
// for an older capability on newer devices.
func (t Target) sm() int {
	for _, l := range lowest {
		if t.SM >= l.sm && t.ISA >= l.isa {
			return min(t.SM, l.sm+9)
		}
	}
	return 70
}

// ampere says whether instructions of sm_80 may be used: cp.async, min.NaN.
func (t Target) ampere() bool { return t.sm() >= 80 }

// header is the head of a text.
func (t Target) header() string {
	return fmt.Sprintf(".version %d.%d\n.target sm_%d\n.address_size 64\n", t.ISA/10, t.ISA%10, t.sm())
}
