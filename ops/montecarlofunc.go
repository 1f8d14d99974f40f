package ops

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn/plain"
)

// Rand is the random numbers of one sample of MonteCarloFunc: a stream of Philox
// words of its own, the one that a sample of MonteCarlo has if it takes more than two
// words. It is a Source of math/rand/v2, so that rand.New makes any other
// distribution of it. It must not be used after the closure has returned, nor by
// several goroutines.
type Rand struct {
	seed, sample uint64
	next         int // word
	words        [4]uint32
}

// reset begins the stream of a sample.
func (r *Rand) reset(seed uint64, sample int) {
	r.seed, r.sample, r.next = seed, uint64(sample), 0
}

// word is the next word: word k of a sample is word k mod 4 of the counter (sample,
// stream k/4).
func (r *Rand) word() uint32 {
	k := r.next % 4
	if k == 0 {
		stream := uint64(r.next / 4)
		r.words = kernels.Philox4x32(
			[4]uint32{uint32(r.sample), uint32(r.sample >> 32), uint32(stream), uint32(stream >> 32)},
			[2]uint32{uint32(r.seed), uint32(r.seed >> 32)})
	}
	r.next++
	return r.words[k]
}

// Uint64 is 64 random bits: two words, the higher half first.
func (r *Rand) Uint64() uint64 { return uint64(r.word())<<32 | uint64(r.word()) }

// Uniform is uniform in [0, 1): 53 bits of two words, as Draws.Uniform makes them.
func (r *Rand) Uniform() float64 {
	high, low := r.word()>>5, r.word()>>6
	return float64(uint64(high)<<26|uint64(low)) * 0x1p-53
}

// Normal is standard normal, of two uniforms by Box and Muller's transform, as
// Draws.Normal makes it.
func (r *Rand) Normal() float64 {
	u, v := r.Uniform(), r.Uniform()
	return float64(math.Sqrt(-2*plain.Log(1-u)) * plain.CosPi2(v)) // rounded: not fused with what follows
}

// Exponential is exponentially distributed with mean 1, as Draws.Exponential makes
// it.
func (r *Rand) Exponential() float64 { return -plain.Log(1 - r.Uniform()) }

// IntN is a whole number from 0 to n−1, up to n·2⁻⁶⁴ each as likely as any other; 0
// if n is not positive.
func (r *Rand) IntN(n int) int {
	if n <= 0 {
		return 0
	}
	high, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(high)
}

// Bernoulli is true with probability p.
func (r *Rand) Bernoulli(p float64) bool { return r.Uniform() < p }

// MonteCarloFunc estimates the expected value of an arbitrary Go function of random
// numbers, by as many goroutines as there are processors. f must depend on its
// argument alone and be safe to call from several goroutines; then the result
// depends on samples, seed and f alone. A panic in f is returned as an error.
func MonteCarloFunc(ctx context.Context, samples int, seed uint64, f func(*Rand) float64, opts ...Option) (out Estimate, err error) {
	o := merge(opts)
	level, err := o.confidence()
	switch {
	case err != nil:
		return Estimate{}, fmt.Errorf("monte carlo: %w", err)
	case samples < 1 || int64(samples) > MaxSamples:
		return Estimate{}, fmt.Errorf("monte carlo: %d samples, expected 1 to %d", samples, int64(MaxSamples))
	case f == nil:
		return Estimate{}, errors.New("monte carlo: no closure given")
	}
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	r := &funcRun{ctx: ctx, samples: samples, seed: seed, f: f, tree: newTree(samples), span: meter.Of(ctx)}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), blocksOf(samples)) {
		workers.Go(r.work)
	}
	workers.Wait()
	if r.err != nil {
		return Estimate{}, fmt.Errorf("monte carlo: %w", r.err)
	}
	sums, _ := r.tree.total()
	return estimate(samples, sums[0], sums[1], level), nil
}

// funcRun is a simulation of a Go function.
type funcRun struct {
	ctx     context.Context
	samples int
	seed    uint64
	f       func(*Rand) float64
	next    atomic.Int64 // block
	stopped atomic.Bool
	span    *meter.Span

	mu   sync.Mutex
	tree *tree
	done int // blocks
	err  error
}

// work takes blocks until there are no more.
func (r *funcRun) work() {
	err := errGoexit // until it has returned
	defer func() { r.fail(err) }()
	err = r.blocks()
}

// errGoexit is what becomes of a testing.T.FailNow in the closure, for instance.
var errGoexit = errors.New("the closure ended its goroutine (runtime.Goexit)")

// fail stops all goroutines if err is an error; the first is the simulation's.
func (r *funcRun) fail(err error) {
	if err == nil {
		return
	}
	r.stopped.Store(true)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

func (r *funcRun) blocks() error {
	blocks := blocksOf(r.samples)
	for !r.stopped.Load() {
		i := int(r.next.Add(1) - 1)
		if i >= blocks {
			return nil
		}
		sums, err := r.block(i)
		if err != nil {
			return err
		}
		if err := r.add(i, sums); err != nil {
			return err
		}
	}
	return nil
}

// add takes the sums of a block.
func (r *funcRun) add(i int, sums []float64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	r.span.Set(float64(r.done) / float64(blocksOf(r.samples)))
	return r.tree.add(0, i, sums)
}

// checkEvery is after how many samples the context is looked at.
const checkEvery = 64

// block is the sum and the sum of squares of one block of samples.
func (r *funcRun) block(i int) (sums []float64, err error) {
	sum, squares := emptyLanes(), emptyLanes()
	first := i * kernels.TreeBlock
	at := first
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the closure panicked at sample %d: %v", at, p)
		}
	}()
	var rand Rand
	for ; at < min(first+kernels.TreeBlock, r.samples); at++ {
		if at%checkEvery == 0 {
			if err := r.ctx.Err(); err != nil {
				return nil, err
			}
		}
		rand.reset(r.seed, at)
		x := r.f(&rand)
		lane := at % kernels.TreeLanes
		sum[lane] += x
		squares[lane] += float64(x * x)
	}
	return []float64{foldLanes(&sum), foldLanes(&squares)}, nil
}
