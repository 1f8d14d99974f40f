package kernels

import (
	"strings"
	"testing"
)

func TestScanValidate(t *testing.T) {
	for _, c := range []struct {
		name string
		scan *Scan
		want string // in the error; empty: none
	}{
		{"prefix", NewScan(ScanPrefix, CombineAdd, F32, 0), ""},
		{"product", NewScan(ScanPrefix, CombineMul, F64, 0), ""},
		{"sort", NewScan(ScanSort, CombineInvalid, F64, 0), ""},
		{"argsort", NewScan(ScanArgSort, CombineInvalid, F32, 0), ""},
		{"select", NewScan(ScanSelect, CombineInvalid, F32, 3), ""},
		{"histogram", NewScan(ScanHistogram, CombineInvalid, F32, 0), ""},
		{"no kind", NewScan(ScanInvalid, CombineInvalid, F32, 0), "unknown kind"},
		{"integers", NewScan(ScanSort, CombineInvalid, I64, 0), "expected f32 or f64"},
		{"prefix minimum", NewScan(ScanPrefix, CombineMin, F32, 0), "combine min"},
		{"sort with combine", NewScan(ScanSort, CombineAdd, F32, 0), "combine add"},
		{"no ranks", NewScan(ScanSelect, CombineInvalid, F32, 0), "params=[]"},
		{"two inputs", &Scan{Signature: Signature{Ins: []DType{F32, F32}}, Kind: ScanSort}, "expected ins=[f32]"},
	} {
		err := c.scan.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.name, err, c.want)
		}
	}
	if a, b := NewScan(ScanSelect, CombineInvalid, F32, 1), NewScan(ScanSelect, CombineInvalid, F32, 2); a.Key() == b.Key() {
		t.Error("one key for one rank and for two")
	}
}
