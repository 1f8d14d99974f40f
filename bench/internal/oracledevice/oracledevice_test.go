package oracledevice

import (
	"testing"

	_ "github.com/quern-go/quern/cpu"
	"github.com/quern-go/quern/ops"
)

func TestEvaluates(t *testing.T) {
	x := ops.FromSlice([]float32{1, 2, 3, 4}, 2, 2)
	got, err := x.MatMul(x).Sum(1).Data(t.Context(), ops.OnDevice(Device{}), ops.Strict())
	if err != nil || got[0] != 17 || got[1] != 37 {
		t.Errorf("row sums of a product: %v, %v, expected 17 and 37", got, err)
	}
}
