package ops

import (
	"context"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// idleDevice does nothing, so that what remains is the cost of ops itself.
type idleDevice struct{ hostDevice }

type idleStream struct{}

func (*idleDevice) NewStream() (device.Stream, error)                { return idleStream{}, nil }
func (*idleDevice) Compile(k kernels.Kernel) (device.Program, error) { return testProgram{k}, nil }
func (idleStream) Upload(device.Buffer, []byte) error                { return nil }
func (idleStream) Download([]byte, device.Buffer) error              { return nil }
func (idleStream) Launch(device.Program, *device.Args) error         { return nil }
func (idleStream) Sync(context.Context) error                        { return nil }
func (idleStream) Close() error                                      { return nil }

func idleEngine() *Engine { return testEngine(&idleDevice{}) }

func BenchmarkOverhead(b *testing.B) { benchmarkAdd(b, idleEngine()) }

// BenchmarkOverheadOfChoice is that with a second device, which is not chosen.
func BenchmarkOverheadOfChoice(b *testing.B) { benchmarkAdd(b, choosingEngine()) }

func choosingEngine() *Engine {
	idle := &idleDevice{}
	idle.name, idle.rates = cpuSelector, slow().rates
	return testEngine(gpu(), idle)
}

func BenchmarkAdd1024(b *testing.B) { benchmarkAdd(b, DefaultEngine()) }

// BenchmarkSmall evaluates known expressions of 1024 float32, and a product of 16×16.
func BenchmarkSmall(b *testing.B) {
	x, y := FromSlice(make([]float32, 1024)), FromSlice(make([]float32, 1024))
	square := FromSlice(make([]float32, 256), 16, 16)
	for _, c := range []struct {
		name string
		of   Array[float32]
	}{
		{"sum", x.Sum()}, {"chain", x.Add(y).Mul(x)}, {"product", square.MatMul(square)},
	} {
		dst := make([]float32, c.of.Size())
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.of.Into(ctx, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAddAtOnce adds on several goroutines, each by an expression of its own.
func BenchmarkAddAtOnce(b *testing.B) {
	b.RunParallel(func(p *testing.PB) {
		c := FromSlice(make([]float32, 1024)).Add(FromSlice(make([]float32, 1024)))
		dst := make([]float32, 1024)
		for p.Next() {
			if err := c.Into(ctx, dst); err != nil {
				b.Error(err)
			}
		}
	})
}

// benchmarkAdd adds 1024 float32 by a known expression and by a new one.
func benchmarkAdd(b *testing.B, engine *Engine) {
	e := WithEngine(engine)
	x, y := FromSlice(make([]float32, 1024)), FromSlice(make([]float32, 1024))
	dst := make([]float32, 1024)
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		c := x.Add(y)
		for b.Loop() {
			if err := c.Into(ctx, dst, e); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := x.Add(y).Into(ctx, dst, e); err != nil {
				b.Fatal(err)
			}
		}
	})
}
