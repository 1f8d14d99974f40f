package arrayfile

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzReadNPY requires that any bytes give an array that fits them or an error, the same from a file and a
// stream, and that an array survives being written.
func FuzzReadNPY(f *testing.F) {
	files, err := filepath.Glob("testdata/*.npy")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(npy(dictOf("'<f8'", "True", "(4294967296, 4294967296)"), "12345678")))
	f.Add([]byte(npy(dictOf("[('a', '<f8')]", "False", "(-1,)"), "")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !bytes.HasPrefix(raw, []byte(npyMagic)) {
			raw = append([]byte(npyMagic), raw...)
		}
		a, errA := Read(context.Background(), "-", ReadOptions{Stdin: bytes.NewReader(raw)})
		path := filepath.Join(t.TempDir(), "a.npy")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		b, errB := Read(context.Background(), path, ReadOptions{})
		if (errA == nil) != (errB == nil) {
			t.Fatalf("stream: %v, file: %v", errA, errB)
		}
		if errA != nil {
			return
		}
		if a.Len() > len(raw) {
			t.Fatalf("%d elements out of %d bytes", a.Len(), len(raw))
		}
		equalFiles(t, a, b)
		if a.F32 != nil {
			err = WriteNPY(context.Background(), path, a.Shape, a.F32, WriteOptions{})
			a.DType = "float32"
		} else {
			err = WriteNPY(context.Background(), path, a.Shape, a.F64, WriteOptions{})
			a.DType = "float64"
		}
		if a.Len() == 0 {
			return // an empty array does not keep which slice it was
		}
		if err != nil {
			t.Fatal(err)
		}
		equalFiles(t, a, mustRead(t, path))
	})
}

func equalFiles(t *testing.T, a, b *File) {
	t.Helper()
	if a.DType != b.DType || !slices.Equal(a.Shape, b.Shape) || !bytes.Equal(bytesOf(a.F32), bytesOf(b.F32)) || !bytes.Equal(bytesOf(a.F64), bytesOf(b.F64)) {
		t.Fatalf("%+v\nand\n%+v", a, b)
	}
}

// FuzzReadCSV requires that any text gives a table or an error, and that a table survives being written.
func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{
		"1,2\n3,4\n", "x,y\r\n1,nan\r\n-inf,1e-300\r\n", "a;b\n1;2", "# c\n1 2\t3\n", "\"a,\"\"b\",c\n\"1\",2\n", "1,2 # three\n",
		"\xef\xbb\xbf1\n", "5.1,setosa\n4.9,setosa\n", "1,\n", ",\n1,2\n", "1,2\n3\n", "\"", "0x1p-3,1_0\n", "item #,b\n1,2\n",
	} {
		f.Add(s, "")
	}
	f.Add("a,b,c\n1,2,3\n", "0:2,-1,b")
	f.Fuzz(func(t *testing.T, text, columns string) {
		if strings.HasPrefix(text, npyMagic) {
			return
		}
		opt := ReadOptions{Stdin: strings.NewReader(text), Columns: columns, MaxBytes: 1 << 20}
		a, err := Read(context.Background(), "-", opt)
		if err != nil {
			return
		}
		if len(a.Shape) != 2 || a.Shape[0]*a.Shape[1] != len(a.F64) || a.Columns != nil && len(a.Columns) != a.Shape[1] {
			t.Fatalf("inconsistent: %+v", a)
		}
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := WriteCSV(context.Background(), path, a.Shape, a.F64, WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		b := mustRead(t, path)
		if !slices.Equal(a.Shape, b.Shape) {
			t.Fatalf("shape %v became %v", a.Shape, b.Shape)
		}
		for i, v := range a.F64 {
			if math.Float64bits(v) != math.Float64bits(b.F64[i]) && !(math.IsNaN(v) && math.IsNaN(b.F64[i])) {
				t.Fatalf("element %d: %v became %v", i, v, b.F64[i])
			}
		}
	})
}
