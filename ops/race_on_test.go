//go:build race

package ops

// raceDetector says that the runtime allocates for the race detector, too.
const raceDetector = true
