//go:build !linux

package cu

func fileOf(uintptr) string { return "" }
