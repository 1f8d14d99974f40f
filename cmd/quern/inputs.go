package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/internal/machine"
	"github.com/quern-go/quern/ops"
)

// asArray is the file's data as an array of type T, converted if the file
// holds another type.
func asArray[T ops.Float](f *arrayfile.File) ops.Array[T] {
	values := convert[T](f.F64)
	if f.F32 != nil {
		values = convert[T](f.F32)
	}
	if len(f.Shape) == 0 {
		return ops.FromSlice(values).Reshape() // a single number; FromSlice would take it for a vector
	}
	return ops.FromSlice(values, f.Shape...)
}

// convert returns the slice itself if it has the type already.
func convert[T, U ops.Float](in []U) []T {
	if same, ok := any(in).([]T); ok {
		return same
	}
	out := make([]T, len(in))
	for i, x := range in {
		out[i] = T(x)
	}
	return out
}

// commonType is the type to compute in: float32 if every file holds it (or
// float16), else float64, as NumPy promotes.
func commonType(files []*arrayfile.File) string {
	for _, f := range files {
		if f.F32 == nil {
			return "float64"
		}
	}
	if len(files) == 0 {
		return "float64"
	}
	return "float32"
}

// chooseType is the type that --dtype asks for, or the common type.
func chooseType(asked string, files []*arrayfile.File) (string, error) {
	switch asked {
	case "":
		return commonType(files), nil
	case "float32", "float64":
		return asked, nil
	}
	return "", fmt.Errorf("--dtype is %q, expected float32 or float64", asked)
}

// read reads the array in a file, and shows how far it is.
func (a *app) read(ctx context.Context, path, columns string) (*arrayfile.File, error) {
	bar := a.newProgress("read " + path)
	defer bar.clear()
	ctx = bar.measure(ctx, fileBytes(path), "B")
	return arrayfile.Read(ctx, path, arrayfile.ReadOptions{Columns: columns, Stdin: a.in, MaxBytes: memoryLimit()})
}

// fileBytes is the size of a regular file, 0 if there is none.
func fileBytes(path string) float64 {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return 0
	}
	return float64(st.Size())
}

// memoryLimit is the memory that the array from a file may take: what is available
// now, and no more than the process's control group has; 0 if that is unknown. A
// sparse file can claim more.
func memoryLimit() int64 {
	limit := totalMemory()
	if free, known := machine.AvailableBytes(); known && (limit == 0 || free < limit) {
		limit = free
	}
	return limit
}

// totalMemory is what the machine or the control group has, 0 if unknown.
var totalMemory = sync.OnceValue(func() int64 {
	m := machine.Detect().Memory
	limit := int64(0)
	for _, bytes := range []*int64{m.TotalBytes, m.CgroupLimit} {
		if bytes != nil && (limit == 0 || *bytes < limit) {
			limit = *bytes
		}
	}
	return limit
})
