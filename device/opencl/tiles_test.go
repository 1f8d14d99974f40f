package opencl

import (
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/clike"
	"github.com/quern-go/quern/kernels/grid"
)

// TestTileIsMeasuredOnce times two tiles, and finds the answer in the cache the
// next time.
func TestTileIsMeasuredOnce(t *testing.T) {
	dev := openFirst(t)
	candidates := []clike.Tile{{M: 1 << 20, N: 1, K: 1, RowsPerItem: 1, ColsPerItem: 1}, softwareTile, {M: 16, N: 16, K: 8, RowsPerItem: 2, ColsPerItem: 2}}
	best := dev.recallTile(kernels.F32, candidates, 64)
	if !slices.Contains(candidates[1:], best) {
		t.Fatalf("the best of %v is %v", candidates, best)
	}
	calls := counted(dev)
	if again := dev.recallTile(kernels.F32, candidates, 64); again != best || calls.calls[enqueueKernel] != 0 {
		t.Errorf("asked again: %v after %d launches, expected %v after none", again, calls.calls[enqueueKernel], best)
	}
	if s := dev.Memory(); s.InUse != 0 {
		t.Errorf("%d bytes in use", s.InUse)
	}
}

// TestTunedTile says which launches take the measured tile.
func TestTunedTile(t *testing.T) {
	dev := openFirst(t)
	dev.info.Software = false
	tuned := clike.Tile{M: 16, N: 16, K: 8, RowsPerItem: 2, ColsPerItem: 2}
	tooLarge := clike.Tile{M: 1 << 20, N: 1 << 20, K: 64, RowsPerItem: 8, ColsPerItem: 8}
	dev.tuned.tiles = map[kernels.DType]clike.Tile{kernels.F32: tuned, kernels.F64: tooLarge}
	for _, c := range []struct {
		name  string
		of    kernels.DType
		shape []int
		want  clike.Tile
	}{
		{"large", kernels.F32, []int{4096, 4096, 4096}, tuned},
		{"small", kernels.F32, []int{64, 64, 64}, dev.target.Tile},
		{"batch", kernels.F32, []int{64, 256, 256, 4096}, tuned},
		{"few outputs", kernels.F32, []int{256, 256, 1 << 20}, dev.target.Tile},
		{"a few rows", kernels.F32, []int{16, 1 << 20, 1024}, dev.target.Tile},
		{"refused", kernels.F64, []int{4096, 4096, 4096}, dev.target.Tile},
	} {
		if c.of == kernels.F64 && !dev.info.Float64 {
			continue
		}
		k, err := productKernel(c.of)
		if err != nil {
			t.Fatal(err)
		}
		p := dev.program(k)
		m, err := p.choose(c.shape)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := p.module(build{axes: grid.AxesFor(len(c.shape)), tile: c.want}); err != nil || m != want {
			t.Errorf("%s: another build than that with tile %v", c.name, c.want)
		}
	}
}
