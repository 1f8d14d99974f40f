//go:build !linux

package bench

// askForHugePages does nothing: systems other than Linux decide on huge pages themselves.
func askForHugePages([]byte) {}
