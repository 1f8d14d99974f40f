package ops

// DeviceName is the selector of the device on which an evaluation with these
// options runs; among several candidates, the one ranked best, which a small
// evaluation may pass over for a nearer one (see Array.Explain).
func DeviceName(opts ...Option) (string, error) {
	o := merge(opts)
	units, err := o.engineOrDefault().candidates(&o)
	if err != nil {
		return "", err
	}
	for _, u := range units {
		if u.lostError() == nil {
			return u.name, nil
		}
	}
	return cpuSelector, nil // stands in for lost devices
}
