//go:build !race

package ops

const raceDetector = false
