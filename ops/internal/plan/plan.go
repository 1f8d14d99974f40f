package plan

import (
	"slices"

	"github.com/quern-go/quern/kernels"
)

// Plan is what to run for all expressions of one structure.
type Plan struct {
	Algebra []string // the rules applied, for Explain
	Steps   []Step
	Buffers []Buffer
	Output  int // index of the output among Buffers
	// InPlace says of each source whether the output may take its place: the
	// output is written by the last step alone, and that step reads the source,
	// if at all, exactly where it writes.
	InPlace []bool
}

// Role is what a buffer is for.
type Role uint8

// The roles.
const (
	Input Role = iota
	Output
	Temporary
)

// Buffer is an array in device memory.
type Buffer struct {
	Role   Role
	Source int // Input: which source
	Type   kernels.DType
	Len    int // elements; for an Input the extent is the source's
}

// Bytes is the memory of a temporary or of the output.
func (b *Buffer) Bytes() int { return b.Len * b.Type.Size() }

// Step is the launch of one kernel.
type Step struct {
	Title   string // a few words for Explain
	Kernel  kernels.Kernel
	Shape   []int
	Reduced int
	Ins     []Operand
	Outs    []Operand
	Indices []kernels.Layout
	Starts  []int // of each of Indices: number of what is added to its Offset, or −1
	Params  []int // numbers of the scalars
	Release []int // temporaries that no later step needs

	Bytes   float64 // read and written
	Flops32 float64 // operations on float32
	Flops64 float64 // operations on float64
	// Single32 and Single64 are those of these that stand alone, as the additions of a
	// chain or a sum do: not within functions, nor the fused ones of products.
	Single32, Single64 float64
}

// Operand is a buffer seen through strides.
type Operand struct {
	Buffer  int
	Offset  int
	Strides []int
}

// HasScan reports whether a step is a kernels.Scan, which not every device has.
func (p *Plan) HasScan() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		_, ok := s.Kernel.(*kernels.Scan)
		return ok
	})
}

// HeldBytes is the most memory that is taken for temporaries at one time by a pool
// that keeps released blocks, for others of the same size class only; class gives
// the size of the block for a number of bytes.
func (p *Plan) HeldBytes(class func(bytes int) int) int {
	seen := make([]bool, len(p.Buffers))
	idle := make(map[int]int) // blocks of each class
	held := 0
	for i := range p.Steps {
		for _, out := range p.Steps[i].Outs {
			b := &p.Buffers[out.Buffer]
			if b.Role != Temporary || seen[out.Buffer] {
				continue
			}
			seen[out.Buffer] = true
			if block := class(b.Bytes()); idle[block] > 0 {
				idle[block]--
			} else {
				held += block
			}
		}
		for _, r := range p.Steps[i].Release {
			idle[class(p.Buffers[r].Bytes())]++
		}
	}
	return held
}

// TemporaryBytes is the sum of all temporaries, and peak the most that is in
// use at one time.
func (p *Plan) TemporaryBytes() (total, peak int) {
	seen := make([]bool, len(p.Buffers))
	now := 0
	for i := range p.Steps {
		for _, out := range p.Steps[i].Outs {
			b := &p.Buffers[out.Buffer]
			if b.Role == Temporary && !seen[out.Buffer] {
				seen[out.Buffer] = true
				total += b.Bytes()
				now += b.Bytes()
			}
		}
		peak = max(peak, now)
		for _, r := range p.Steps[i].Release {
			now -= p.Buffers[r].Bytes()
		}
	}
	return total, peak
}
