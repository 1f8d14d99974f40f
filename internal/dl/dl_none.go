//go:build nogpu || !(windows || darwin || (linux && (amd64 || arm64 || loong64 || ppc64le || riscv64 || s390x)))

package dl

func open(string) (uintptr, error) { return 0, ErrUnavailable }

func symbol(uintptr, string) (uintptr, error) { return 0, ErrUnavailable }

func closeLibrary(uintptr) error { return nil }

// call is never reached: there is no library to take an address from.
func call(uintptr, []uintptr) uintptr { return 0 }
