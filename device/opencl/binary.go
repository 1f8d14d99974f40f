package opencl

import (
	"encoding/binary"

	"github.com/quern-go/quern/device/internal/cache"
)

// PoCL is the exception to keeping binaries: it keeps what it compiles in a cache of
// its own, and when asked for a binary first compiles every kernel again for
// groups of any size, which takes it ten seconds for a contraction.
const poclPlatform = "Portable Computing Language"

// A program's binary is kept with a word before it that says which kernels had
// been launched when it was fetched. PoCL finishes compiling at a kernel's first
// launch: a binary fetched after that spares the next run of the program half a
// second a kernel, one fetched before does not.

// saveBinary puts the executable's binary in the cache if kernels have run since
// the last time.
func (d *Device) saveBinary(x *executable) {
	ran := x.ran.Load()
	if !d.binaries || x.saved.Swap(ran) == ran {
		return
	}
	if image, err := x.binary(); err == nil {
		cache.Remember(d.options.Cache, x.key, append(binary.LittleEndian.AppendUint64(nil, ran), image...))
	}
}

func (d *Device) recallBinary(key string) (image []byte, ran uint64, ok bool) {
	if !d.binaries {
		return nil, 0, false
	}
	data, ok := cache.Recall(d.options.Cache, key)
	if !ok || len(data) <= 8 {
		return nil, 0, false
	}
	return data[8:], binary.LittleEndian.Uint64(data), true
}

// markRun notes a kernel's launch and reports whether it was the first.
func (x *executable) markRun(kernel int) bool {
	bit := uint64(1) << (kernel % 64)
	return x.ran.Load()&bit == 0 && x.ran.Or(bit)&bit == 0
}
