package contract

import (
	"context"
	"fmt"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/exec"
	"github.com/quern-go/quern/cpu/internal/gemm"
	"github.com/quern-go/quern/cpu/internal/sched"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
)

// benchArgs has a (m×k) and b (k×n, or n×k if byRows) of zeros, and outputs.
func benchArgs(k *kernels.Contract, batch, m, n, depth int, byRows bool) *exec.Args {
	array := func(dt kernels.DType, n int, strides ...int) exec.Array {
		return exec.Array{Base: newBuffer(n * dt.Size()), Len: n, Strides: strides}
	}
	kn, nk := n, 1
	if byRows {
		kn, nk = 1, depth
	}
	args := &exec.Args{Shape: []int{batch, m, n, depth}, Ins: []exec.Array{
		array(k.Ins[0], batch*m*depth, m*depth, depth, 0, 1),
		array(k.Ins[1], n*depth, 0, 0, nk, kn),
	}}
	for _, dt := range k.Outs() {
		if k.Fold != nil {
			args.Outs = append(args.Outs, array(dt, batch*m, m, 1))
		} else {
			args.Outs = append(args.Outs, array(dt, batch*m*n, m*n, n, 1))
		}
	}
	return args
}

// BenchmarkContract computes at the best level on one and two threads. Rates are
// steps per second.
func BenchmarkContract(b *testing.B) {
	root := func(k *kernels.Contract) *kernels.Contract {
		dt := k.Accs[0].Type
		k.Post = body(b, func(b *kernels.Builder) values { return values{b.Sqrt(b.Acc(0, dt))} })
		return k
	}
	argMin := func(k *kernels.Contract) *kernels.Contract {
		acc := kernels.Acc{Type: k.Accs[0].Type, Combine: kernels.CombineArgMin}
		k.Fold = &kernels.Fold{Accs: []kernels.Acc{acc}, Post: accsOf(b, acc)}
		return k
	}
	square := func(k *kernels.Contract) *kernels.Contract {
		dt := k.Accs[0].Type
		k.PreB = body(b, func(b *kernels.Builder) values { return values{b.Mul(b.Load(1, dt), b.Load(1, dt))} })
		return k
	}
	f32, f64 := kernels.F32, kernels.F64
	for _, c := range []struct {
		name              string
		k                 *kernels.Contract
		batch, m, n, deep int
		byRows            bool
	}{
		{"Product32/1024x1024x1024", named(b, term.FMA, f32), 1, 1024, 1024, 1024, false},
		{"ProductOfSquare32/1024x1024x1024", square(named(b, term.FMA, f32)), 1, 1024, 1024, 1024, false},
		{"ProductOfSquare32/ByRows/1024x1024x1024", square(named(b, term.FMA, f32)), 1, 1024, 1024, 1024, true},
		{"Product32/64x64x64", named(b, term.FMA, f32), 1, 64, 64, 64, false},
		{"Product32/1000of32x32x32", named(b, term.FMA, f32), 1000, 32, 32, 32, false},
		{"Product32/4096x1x4096", named(b, term.FMA, f32), 1, 4096, 1, 4096, false},
		{"Euclidean64/1000x1000x100", root(named(b, term.SqDiff, f64)), 1, 1000, 1000, 100, true},
		{"BrayCurtis64/1000x1000x100", brayCurtis(b, f64), 1, 1000, 1000, 100, true},
		{"BrayCurtis32/1000x1000x100", brayCurtis(b, f32), 1, 1000, 1000, 100, true},
		{"NearestOf32/10000x10000x128", argMin(named(b, term.SqDiff, f32)), 1, 10000, 10000, 128, true},
		{"NearestOf32/1x1000000x16", argMin(named(b, term.SqDiff, f32)), 1, 1, 1000000, 16, true},
		{"NearestOf32/1000000x10x16", argMin(named(b, term.SqDiff, f32)), 1, 1000000, 10, 16, true},
	} {
		args := benchArgs(c.k, c.batch, c.m, c.n, c.deep, c.byRows)
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", c.name, threads), func(b *testing.B) {
				pool := sched.New(threads)
				defer pool.Close()
				p, err := Compile(simd.TableFor(simd.Detect()), pool, NewMemory(gemmCaches), c.k)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := p.Run(context.Background(), args); err != nil {
						b.Fatal(err)
					}
				}
				rate(b, c.batch*c.m*c.n*c.deep)
			})
		}
	}
}

func rate(b *testing.B, steps int) {
	b.ReportMetric(float64(steps)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gsteps/s")
}

// BenchmarkDirect is BenchmarkContract's products without this package.
func BenchmarkDirect(b *testing.B) {
	k := named(b, term.FMA, kernels.F32)
	for _, n := range []int{64, 1024} {
		args := benchArgs(k, 1, n, n, n, false)
		view := func(p unsafe.Pointer) gemm.View[float32] {
			return gemm.View[float32]{Data: unsafe.Slice((*float32)(p), n*n), RowStride: n, ColStride: 1}
		}
		p := &gemm.Problem[float32]{M: n, N: n, K: n,
			A: view(args.Ins[0].Base), B: view(args.Ins[1].Base), C: view(args.Outs[0].Base)}
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("Product32/%dx%dx%d/%d", n, n, n, threads), func(b *testing.B) {
				pool := sched.New(threads)
				defer pool.Close()
				work := gemm.NewWorkspace(gemmCaches)
				for b.Loop() {
					if err := gemm.Run(context.Background(), pool, simd.Detect(), work, p); err != nil {
						b.Fatal(err)
					}
				}
				rate(b, n*n*n)
			})
		}
	}
}
