// Package dl opens shared libraries when the program runs, so that one binary
// works with and without them.
//
// GPU drivers come with the machine, not with the program: linking them would
// keep the program from starting where they are absent. Open tries a list of
// names and, if none opens, returns an error that joins every name with the
// loader's reason, which is what quern detect prints.
//
// Built with the tag nogpu, or for a system without a supported loader, the
// package opens nothing and says so; the program is then fully static.
package dl
