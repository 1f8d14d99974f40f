package simd

import (
	"fmt"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// TestFoldRows folds every length of row, of as many rows as are a step, less and more.
func TestFoldRows(t *testing.T) {
	eachCombine(t, func(t *testing.T, table *Table, tr *trial, c kernels.Combine, dt kernels.DType) {
		src := newBuffer(t, 128*70*8)
		for n := 2; n <= table.FoldMost[dt]; n++ {
			for _, rows := range []int{1, 3, 16, 19, 32, 37 + n%16} {
				in := put(tr.rand, src, dt, n*rows)
				want := make([]uint64, rows)
				for r := range want {
					row := in[r*n : (r+1)*n]
					for half := Lanes / 2; half > 0; half /= 2 {
						for j := 0; j < half && j+half < n; j++ {
							row[j] = combineBits(c, dt, row[j], row[j+half])
						}
					}
					want[r] = row[0]
				}
				tr.dst.resize(rows * dt.Size())
				aligned := uintptr(tr.dst.ptr())%64 == 0
				table.FoldRows[c][dt](tr.dst.ptr(), src.ptr(), n, rows, aligned)
				table.StreamFence()
				compare(t, tr.dst.ptr(), dt, want, fmt.Sprintf("%d rows of %d", rows, n))
				tr.dst.check(t, "dst")
			}
		}
	})
}

func TestFoldSpans(t *testing.T) {
	eachCombine(t, func(t *testing.T, table *Table, tr *trial, c kernels.Combine, dt kernels.DType) {
		src := newBuffer(t, 2*SpanStep*kernels.StridedSpan*16*8)
		for n := 2; n <= table.SpanMost[dt]; n++ {
			for _, spans := range []int{0, SpanStep, 2 * SpanStep} {
				in := put(tr.rand, src, dt, spans*kernels.StridedSpan*n)
				slot := SpanSlot(n)
				tr.dst.resize(spans * slot * dt.Size())
				table.FoldSpans[c][dt](tr.dst.ptr(), src.ptr(), n, spans)
				for s := range spans {
					want := make([]uint64, n)
					for j := range want {
						want[j] = c.Identity(dt)
						for r := range kernels.StridedSpan {
							want[j] = combineBits(c, dt, want[j], in[(s*kernels.StridedSpan+r)*n+j])
						}
					}
					for j, w := range want {
						if got := load(tr.dst.ptr(), dt, s*slot+j); !same(dt, got, w) {
							t.Fatalf("%d columns, span %d of %d, column %d: %s, want %s", n, s, spans, j, kernels.FormatBits(dt, got), kernels.FormatBits(dt, w))
						}
					}
				}
				tr.dst.check(t, "dst")
			}
		}
	})
}

func TestFoldColumns(t *testing.T) {
	eachCombine(t, func(t *testing.T, table *Table, tr *trial, c kernels.Combine, dt kernels.DType) {
		src := newBuffer(t, 12*1100*8)
		for _, n := range lengths() {
			rows := 1 + n%9
			stride := n + tr.rand.IntN(3)
			in := put(tr.rand, src, dt, (rows-1)*stride+n)
			want := make([]uint64, n)
			for j := range want {
				want[j] = in[j]
				for r := 1; r < rows; r++ {
					want[j] = combineBits(c, dt, want[j], in[r*stride+j])
				}
			}
			tr.dst.resize(n * dt.Size())
			aligned := uintptr(tr.dst.ptr())%64 == 0
			table.FoldColumns[c][dt](tr.dst.ptr(), src.ptr(), n, rows, stride, aligned)
			table.StreamFence()
			compare(t, tr.dst.ptr(), dt, want, fmt.Sprintf("n=%d, %d rows of stride %d", n, rows, stride))
			tr.dst.check(t, "dst")
		}
	})
}
