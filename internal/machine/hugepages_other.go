//go:build !linux

package machine

// AskForHugePages does nothing: systems other than Linux decide on huge pages themselves.
func AskForHugePages([]byte) {}
