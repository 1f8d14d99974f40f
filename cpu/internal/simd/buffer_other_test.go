//go:build !unix

package simd

import "testing"

func newBuffer(_ testing.TB, size int) *buffer { return &buffer{mem: make([]byte, size+guardBand)} }
