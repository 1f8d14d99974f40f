package devicetest

import (
	"slices"
	"strings"
	"testing"
)

// Selected is a test that runs those sub-tests of the suite whose names begin as
// one of a list does, such as "Streams" and "Contract/Sizes/fma", for devices
// on which the whole suite would take too long.
func Selected(t *testing.T, names ...string) T { return selected{testingT{t}, names} }

type selected struct {
	T
	names []string
}

func (s selected) Run(name string, f func(T)) bool {
	if !s.wants(name) {
		return true
	}
	return s.T.Run(name, func(t T) {
		if below := s.below(name); below != nil {
			t = selected{t, below}
		}
		f(t)
	})
}

// wants reports whether a sub-test, or some below it, are to run.
func (s selected) wants(name string) bool {
	return slices.ContainsFunc(s.names, func(n string) bool {
		return strings.HasPrefix(name, n) || strings.HasPrefix(n, name+"/")
	})
}

// below is the list for the sub-tests of one that runs; nil if all of them do.
func (s selected) below(name string) []string {
	var names []string
	for _, n := range s.names {
		if strings.HasPrefix(name, n) {
			return nil
		}
		if rest, ok := strings.CutPrefix(n, name+"/"); ok {
			names = append(names, rest)
		}
	}
	return names
}
