package cuda_test

import (
	"testing"

	"github.com/quern-go/quern/device/cuda"
	"github.com/quern-go/quern/ops"
)

// whole are whole numbers, of which products in TF32 lose nothing.
func whole(seed uint64, shape ...int) ops.Array[float32] {
	return ops.Uniform[float32](seed, shape...).MulScalar(9).Floor()
}

// TestGemm has products done by cuBLAS, where matrices lie so that it can: the bits are
// those of the CPU, for the numbers are whole.
func TestGemm(t *testing.T) {
	dev, calls := cuda.OpenFakeWithBLAS(t)
	collect(t, dev)
	a, err := whole(1, 40, 24).Eval(t.Context(), ops.OnDevice(dev))
	if err != nil {
		t.Fatal(err)
	}
	b, err := whole(2, 24, 20).Eval(t.Context(), ops.OnDevice(dev))
	if err != nil {
		t.Fatal(err)
	}
	batch, err := whole(3, 3, 20, 24).Eval(t.Context(), ops.OnDevice(dev))
	if err != nil {
		t.Fatal(err)
	}
	tall, err := whole(4, 600, 20).Eval(t.Context(), ops.OnDevice(dev))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		product ops.Array[float32]
		calls   int // that the product takes
		opts    []ops.Option
	}{
		{"as they are", a.MatMul(b), 1, nil},
		{"both transposed", b.T().MatMul(a.T()), 1, nil},
		{"left transposed", a.T().MatMul(whole(5, 40, 18)), 1, nil},
		{"right transposed", a.MatMul(batch.Slice(ops.At(0)).T()), 1, nil},
		{"result transposed", a.MatMul(b).T(), 1, nil},
		{"batches", batch.MatMul(batch.Transpose(0, 2, 1)), 3, nil},
		{"batches of one right factor are one product", batch.MatMul(b), 1, nil},
		{"rows of more than one group", tall.MatMul(b.T()), 1, nil},
		{"part of a matrix", a.Slice(ops.Range(3, 30)).MatMul(b), 1, nil},
		{"every second row", a.Slice(ops.Range(0, 40).By(2)).MatMul(b), 1, nil},
		{"every second column of the right", a.MatMul(tall.Slice(ops.Range(0, 48).By(2))), 1, nil},
		{"backwards", a.Slice(ops.All().By(-1)).MatMul(b), 0, nil},
		{"few columns", a.MatMul(b.Slice(ops.All(), ops.Range(0, 16))), 0, nil},
		{"something done to it", a.MatMul(b).Sqrt(), 0, nil},
		{"exactly", a.MatMul(b), 0, []ops.Option{ops.Exact()}},
		{"distances", ops.PairwiseDistance(a, b.T(), ops.SqEuclidean), 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.product.Err(); err != nil {
				t.Fatal(err)
			}
			want, err := c.product.Data(t.Context(), ops.On("cpu"))
			if err != nil {
				t.Fatal(err)
			}
			before := calls()
			got, err := c.product.Data(t.Context(), append(c.opts, ops.OnDevice(dev), ops.Fast(), ops.Strict())...)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("element %d is %v, on the CPU %v", i, got[i], want[i])
				}
			}
			if n := calls() - before; n != c.calls {
				t.Errorf("%d calls of cuBLAS, expected %d", n, c.calls)
			}
		})
	}
}

// TestGemmFails: where cuBLAS fails, the kernel or another device does the work, and
// nothing is left behind.
func TestGemmFails(t *testing.T) {
	product := whole(1, 40, 24).MatMul(whole(2, 24, 20))
	want, err := product.Data(t.Context(), ops.On("cpu"))
	if err != nil {
		t.Fatal(err)
	}
	for _, function := range []string{"cublasCreate_v2", "cublasSetStream_v2", "cublasSgemm_v2", "cublasDestroy_v2"} {
		for _, code := range cuda.FaultCodes() {
			dev := cuda.OpenFakeWithFault(t, function, code)
			for range 2 { // the second time, what has failed is known
				got, err := product.Data(t.Context(), ops.OnDevice(dev), ops.Fast(), ops.WithEngine(new(ops.Engine)))
				if err != nil {
					t.Fatalf("%s fails with %d: %v", function, code, err)
				}
				for i := range want {
					if got[i] != want[i] {
						t.Fatalf("%s fails with %d: element %d is %v, on the CPU %v", function, code, i, got[i], want[i])
					}
				}
			}
		}
	}
}
