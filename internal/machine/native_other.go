//go:build !darwin && !windows

package machine

// native has nothing to ask beyond what the CPU tells; Linux has a survey of its own.
func (s *survey) native() {}
