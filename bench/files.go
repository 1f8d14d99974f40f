package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/ops"
)

// FileExp is exp of n float32 from one .npy file to another, in the folder for temporary files.
func FileExp(n int) Workload {
	size := 2 * 4 * float64(n)
	return fileWorkload[float32]("npy_exp/"+sizeName(n), fmt.Sprintf("exp(x) of %s float32, from file to file", sizeName(n)), size, [][]int{{n}},
		func(in []ops.Array[float32]) ops.Array[float32] { return in[0].Exp() })
}

// FileDistances is the euclidean distances between the rows of two .npy files of float64, in a third.
func FileDistances(m, n, k int) Workload {
	size := 8 * (float64(m*k) + float64(n*k) + float64(m)*float64(n))
	return fileWorkload[float64]("npy_cdist/"+shapeName(m, n, k), fmt.Sprintf("euclidean distances, float64 %d×%d with %d×%d, from files to a file", m, k, n, k),
		size, [][]int{{m, k}, {n, k}}, func(in []ops.Array[float64]) ops.Array[float64] {
			return ops.PairwiseDistance(in[0], in[1], ops.Euclidean)
		})
}

// fileWorkload reads arrays of the shapes from files, evaluates, and writes the result: what quern eval does.
func fileWorkload[T ops.Float](name, summary string, bytes float64, shapes [][]int, expr func(in []ops.Array[T]) ops.Array[T]) Workload {
	return Workload{
		Name:    name,
		Summary: summary,
		DType:   typeName[T](),
		Bytes:   bytes,
		Formula: "bytes: the files' contents, read and written",
		NoPeak:  "bounded by the file system and its cache",
		Setup: func(ctx context.Context, e *Env) (*Job, error) {
			j, err := newFileJob(ctx, e, shapes, expr)
			if err != nil {
				return nil, err
			}
			return &Job{Run: j.run, Check: j.check, Close: func() { os.RemoveAll(j.dir) }}, nil
		},
	}
}

// fileJob is a folder of input files, and the work on them.
type fileJob[T ops.Float] struct {
	env    *Env
	dir    string
	inputs []ops.Array[T] // in memory
	expr   func(in []ops.Array[T]) ops.Array[T]
}

func newFileJob[T ops.Float](ctx context.Context, e *Env, shapes [][]int, expr func(in []ops.Array[T]) ops.Array[T]) (*fileJob[T], error) {
	dir, err := os.MkdirTemp("", "quern-bench-")
	if err != nil {
		return nil, err
	}
	j := &fileJob[T]{env: e, dir: dir, expr: expr}
	for i, shape := range shapes {
		x := input[T](e, inputNames[i], product(shape))
		j.inputs = append(j.inputs, ops.FromSlice(x, shape...))
		if err := arrayfile.WriteNPY(ctx, j.path(i), shape, x, arrayfile.WriteOptions{}); err != nil {
			os.RemoveAll(dir)
			return nil, err
		}
	}
	return j, nil
}

func (j *fileJob[T]) path(input int) string { return filepath.Join(j.dir, inputNames[input]+".npy") }

func (j *fileJob[T]) output() string { return filepath.Join(j.dir, "out.npy") }

func (j *fileJob[T]) run(ctx context.Context) error {
	in := make([]ops.Array[T], len(j.inputs))
	for i := range in {
		f, err := arrayfile.Read(ctx, j.path(i), arrayfile.ReadOptions{})
		if err != nil {
			return err
		}
		in[i] = ops.FromSlice(values[T](f), f.Shape...)
	}
	out := j.expr(in)
	data, err := out.Data(ctx, j.env.Options...)
	if err != nil {
		return err
	}
	return arrayfile.WriteNPY(ctx, j.output(), out.Shape(), data, arrayfile.WriteOptions{})
}

// check compares what is written with the result of the arrays in memory.
func (j *fileJob[T]) check(ctx context.Context) error {
	if err := j.run(ctx); err != nil {
		return err
	}
	f, err := arrayfile.Read(ctx, j.output(), arrayfile.ReadOptions{})
	if err != nil {
		return err
	}
	want, err := j.expr(j.inputs).Data(ctx, j.env.Options...)
	if err != nil {
		return err
	}
	return sameBits("the written result", values[T](f), want)
}

// values are a file's elements.
func values[T ops.Float](f *arrayfile.File) []T {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return any(f.F32).([]T)
	}
	return any(f.F64).([]T)
}
