package cuda

// guessRate is a cautious estimate, in operations a second, of a device that has
// not been measured: a quarter of its lanes at work.
func (f *facts) guessRate() float64 {
	return float64(max(f.sms, 1)) * float64(max(f.clockKHz, 500_000)) * 1e3 * 16
}

// mostGroups is the most blocks that one launch may have.
const mostGroups = 1<<31 - 1
