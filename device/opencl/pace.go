package opencl

// guessRate is a cautious estimate, in operations a second, of a device that has
// not been measured.
func (f *facts) guessRate() float64 {
	lanes := 8.0 // that do an operation each clock, in a unit; GPUs have 32 and more
	if f.software() {
		lanes = 1
	}
	return float64(f.units) * float64(max(f.clockMHz, 500)) * 1e6 * lanes
}

// mostItems is the most work items in one launch: the numbers of much larger ranges
// do not fit the 32 bits that some drivers use.
const mostItems = 1 << 30
