module github.com/quern-go/quern/cpu/asm

go 1.26.0

require (
	github.com/mmcloughlin/avo v0.6.0
	github.com/quern-go/quern v0.0.0-00010101000000-000000000000
)

require (
	golang.org/x/mod v0.23.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	// The version that avo v0.6.0 asks for does not compile with Go 1.26.
	golang.org/x/tools v0.30.0 // indirect
)

replace github.com/quern-go/quern => ../..
