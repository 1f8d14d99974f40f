package arrayfile

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/quern-go/quern/internal/meter"
)

// TestReadTellsAMeter: all of a file of known length, however it is read.
func TestReadTellsAMeter(t *testing.T) {
	ctx := context.Background()
	data := make([]float64, 3*blockElements/2)
	dir := t.TempDir()
	npy, csv := filepath.Join(dir, "x.npy"), filepath.Join(dir, "x.csv")
	if err := Write(ctx, npy, []int{len(data)}, data, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := Write(ctx, csv, []int{1000, 3}, data[:3000], WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(npy)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path string }{{"npy", npy}, {"csv", csv}, {"npy from a stream", "-"}} {
		var m meter.Meter
		if _, err := Read(meter.With(ctx, &m), c.path, ReadOptions{Stdin: bytes.NewReader(text)}); err != nil || m.Share() != 1 {
			t.Errorf("%s: share %v, error %v", c.name, m.Share(), err)
		}
	}
}
