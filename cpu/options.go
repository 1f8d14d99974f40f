package cpu

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/quern-go/quern/cpu/internal/simd"
)

// Options choose how a device computes; the results do not depend on them.
type Options struct {
	// Level is the SIMD level: generic, avx2, avx512 or neon. Empty: the best.
	Level string
	// Threads is the number of threads, which may exceed the number of CPUs.
	// 0: as many as there are effective CPUs.
	Threads int
}

// maxThreads bounds a mistyped number of threads.
const maxThreads = 4096

// parseOptions reads the part of a selector after "cpu:".
func parseOptions(text string) (Options, error) {
	var o Options
	for _, word := range strings.Split(text, ",") {
		digits := strings.TrimSuffix(strings.TrimSuffix(word, "s"), "thread")
		switch {
		case word == "0":
			// The ordinal of the only CPU device.
		case digits != word && digits != strings.TrimSuffix(word, "s"):
			n, err := strconv.Atoi(digits)
			if err != nil || n < 1 || n > maxThreads {
				return Options{}, fmt.Errorf("open cpu:%s: %q is not a number of threads from 1 to %d", text, word, maxThreads)
			}
			if o.Threads != 0 {
				return Options{}, fmt.Errorf("open cpu:%s: two numbers of threads", text)
			}
			o.Threads = n
		case isLevel(word):
			if o.Level != "" {
				return Options{}, fmt.Errorf("open cpu:%s: two levels", text)
			}
			o.Level = word
		default:
			return Options{}, fmt.Errorf("open cpu:%s: %q is neither a level (generic, avx2, avx512, neon) nor a number of threads such as 2threads", text, word)
		}
	}
	return o, nil
}

func isLevel(word string) bool {
	_, ok := simd.Named(word)
	return ok
}

// table returns the block kernels that the options ask for.
func (o Options) table() (*simd.Table, error) {
	level := simd.Detect()
	if o.Level != "" {
		named, ok := simd.Named(o.Level)
		if !ok {
			return nil, fmt.Errorf("open cpu: unknown level %q, expected generic, avx2, avx512 or neon", o.Level)
		}
		if level = named; !level.Available() {
			return nil, fmt.Errorf("open cpu: this machine has no %s, only %s", level, strings.Join(Levels(), ", "))
		}
	}
	return simd.TableFor(level), nil
}
