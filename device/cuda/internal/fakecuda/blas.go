package fakecuda

import (
	"encoding/binary"
	"math"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/cublas"
)

// BLAS is a cuBLAS with no GPU, on the driver's memory and streams. Its products are
// exact sums of factors rounded to TF32, and its functions are counted, made to fail
// and checked like the driver's: a failure that runs out of memory is cuBLAS's, and any
// other its failed execution.
type BLAS struct{ *Driver }

// blasHandle is a handle of the library.
type blasHandle struct {
	context *context
	stream  cu.Stream
}

// Library names the package.
func (BLAS) Library() string { return "fakecublas" }

// enter is within for a function of cuBLAS.
func (b BLAS) enter(name string) (*context, error) {
	c, err := b.within(name)
	switch {
	case err == nil:
		return c, nil
	case cu.CodeOf(err) == cu.OutOfMemory:
		return c, &cublas.Error{Function: name, Status: 3}
	}
	return c, &cublas.Error{Function: name, Status: 13}
}

// handleOf is a handle of the context.
func (b BLAS) handleOf(name string, c *context, h cublas.Handle) (*blasHandle, error) {
	x := b.blas[h]
	if x == nil || x.context != c {
		b.violate("%s: %#x is no handle of the current context", name, h)
		return nil, &cublas.Error{Function: name, Status: 1}
	}
	return x, nil
}

// Create is cublasCreate_v2.
func (b BLAS) Create() (cublas.Handle, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, err := b.enter("cublasCreate_v2")
	if err != nil {
		return 0, err
	}
	h := cublas.Handle(b.handle())
	b.blas[h] = &blasHandle{context: c}
	return h, nil
}

// Destroy is cublasDestroy_v2.
func (b BLAS) Destroy(h cublas.Handle) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	const name = "cublasDestroy_v2"
	c, injected := b.enter(name)
	if _, err := b.handleOf(name, c, h); err != nil {
		return err
	}
	delete(b.blas, h)
	return injected
}

// SetStream is cublasSetStream_v2.
func (b BLAS) SetStream(h cublas.Handle, s cu.Stream) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	const name = "cublasSetStream_v2"
	c, err := b.enter(name)
	if err != nil {
		return err
	}
	x, err := b.handleOf(name, c, h)
	if err != nil {
		return err
	}
	if _, err := b.stream(name, c, s); err != nil {
		return err
	}
	x.stream = s
	return nil
}

// Sgemm is cublasSgemm_v2.
func (b BLAS) Sgemm(h cublas.Handle, g *cublas.Gemm) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	const name = "cublasSgemm_v2"
	c, err := b.enter(name)
	if err != nil {
		return err
	}
	x, err := b.handleOf(name, c, h)
	if err != nil {
		return err
	}
	s, err := b.stream(name, c, x.stream)
	if err != nil {
		return err
	}
	p := newProduct(g)
	if !p.valid() {
		b.violate("%s: %+v", name, *g)
		return &cublas.Error{Function: name, Status: 7}
	}
	o := &op{what: name, uses: p.spans(), run: func() error { return p.run(c) }}
	b.push(s, o)
	return nil
}

// product is a queued product: matrices stored by columns.
type product struct {
	m, n, k int
	a, b, c columns
}

// columns is where a matrix lies: rows and columns as stored, and whether it is
// transposed.
type columns struct {
	at         cu.Address
	rows, cols int
	ld         int
	transposed bool
}

func newProduct(g *cublas.Gemm) *product {
	stored := func(at cu.Address, rows, cols, ld int, transposed bool) columns {
		if transposed {
			rows, cols = cols, rows
		}
		return columns{at, rows, cols, ld, transposed}
	}
	return &product{g.M, g.N, g.K,
		stored(g.A, g.M, g.K, g.LDA, g.TransA), stored(g.B, g.K, g.N, g.LDB, g.TransB), stored(g.C, g.M, g.N, g.LDC, false)}
}

// valid is what the library checks.
func (p *product) valid() bool {
	ok := p.m > 0 && p.n > 0 && p.k > 0
	for _, x := range []columns{p.a, p.b, p.c} {
		ok = ok && x.ld >= x.rows && x.ld <= math.MaxInt32
	}
	return ok
}

// bytes is from the first element to the last.
func (x *columns) bytes() int { return 4 * ((x.cols-1)*x.ld + x.rows) }

func (p *product) spans() []span {
	var list []span
	for _, x := range []*columns{&p.a, &p.b, &p.c} {
		list = append(list, span{uint64(x.at), x.bytes()})
	}
	return list
}

// element is where element (i, j) is.
func (x *columns) element(memory []byte, i, j int) []byte {
	if x.transposed {
		i, j = j, i
	}
	return memory[4*(j*x.ld+i):]
}

func (p *product) run(c *context) error {
	var memory [3][]byte
	for i, x := range []*columns{&p.a, &p.b, &p.c} {
		m, ok := c.at(uint64(x.at), x.bytes())
		if !ok {
			return cu.NewError("cublasSgemm_v2", cu.IllegalAddress)
		}
		memory[i] = m
	}
	for j := range p.n {
		for i := range p.m {
			sum := 0.0
			for k := range p.k {
				sum += tf32(p.a.element(memory[0], i, k)) * tf32(p.b.element(memory[1], k, j))
			}
			binary.LittleEndian.PutUint32(p.c.element(memory[2], i, j), math.Float32bits(float32(sum)))
		}
	}
	return nil
}

// tf32 is a float32 rounded to 11 significant bits.
func tf32(p []byte) float64 {
	bits := binary.LittleEndian.Uint32(p)
	if bits&0x7f800000 != 0x7f800000 {
		bits = (bits + 0x1000) &^ 0x1fff
	}
	return float64(math.Float32frombits(bits))
}
