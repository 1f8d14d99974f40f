//go:build nogpu || !(linux && (amd64 || arm64 || loong64 || ppc64le || riscv64 || s390x))

package dl

func enterForeign() {}

func leaveForeign() {}
