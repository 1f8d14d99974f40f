package kernels

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Kernel is a Map, a Reduce, a Contract or a Scan.
type Kernel interface {
	// Key identifies the computation: two kernels with equal keys give equal
	// results for equal arguments. It does not depend on sizes.
	Key() string
	// String is the readable text form, from which Key is made.
	String() string
	// Validate checks the kernel; devices may assume that it holds.
	Validate() error
	// Inputs describes the launch arguments.
	Inputs() *Signature
	// Outs is the element type of each output.
	Outs() []DType
}

// Signature lists what a kernel is launched with.
type Signature struct {
	Ins     []DType // element type of each input operand
	Params  []DType // type of each scalar argument
	Indices int     // number of index layouts
}

// Inputs returns the signature itself; it makes kernels that embed a Signature
// implement Kernel.
func (s *Signature) Inputs() *Signature { return s }

func (s *Signature) String() string {
	return fmt.Sprintf("ins=%v params=%v indices=%d", s.Ins, s.Params, s.Indices)
}

func keyOf(k Kernel) string {
	sum := sha256.Sum256([]byte(k.String()))
	return hex.EncodeToString(sum[:16])
}

// Map computes Outs[o][i] = Body(...)[o] for every point i of the index space.
type Map struct {
	Signature
	Body Body
}

// Order is the canonical order of a reduction.
type Order uint8

// The two orders: see the package comment.
const (
	Tree    Order = iota // the innermost axis of the array is reduced
	Strided              // it is not
)

// String returns "tree" or "strided".
func (o Order) String() string {
	if o == Strided {
		return "strided"
	}
	return "tree"
}

// Sizes of the canonical order.
const (
	TreeRows    = 16                   // rows of a Tree block
	TreeLanes   = 256                  // lanes of a Tree block
	TreeBlock   = TreeRows * TreeLanes // values of a Tree block
	StridedSpan = 64                   // values of a Strided block
	ChunkK      = 8192                 // length of one chain of a Contract
)

// Acc is one accumulator: its type (F32 or F64) and how it combines.
type Acc struct {
	Type    DType
	Combine Combine
}

// Reduce combines Pre over the reduced part of the index space, for each point
// of the kept part. Pre gives one value per accumulator. Post reads the
// accumulators by OpAcc and OpAccIndex, parameters, and inputs and indices at
// reduced position 0; its results are the outputs.
type Reduce struct {
	Signature
	Order Order
	Pre   Body
	Accs  []Acc
	Post  Body
}

// Contract computes, for every (i, j),
//
//	out[i,j] = Post(chain over ascending k of Step(acc, PreA at (i,k), PreB at (k,j)))
//
// PreA, PreB and Post read inputs by OpLoad at the current point of the index
// space (batch…, i, j, k), where an input that does not depend on an index has
// stride 0 there: PreA's inputs have stride 0 along j, PreB's along i, Post's
// along k. Step reads a as OpArg 0, b as OpArg 1 and accumulators by OpAcc, and
// gives the accumulators' new values. It may read inputs that depend on k alone, such
// as a weight for each k, by OpLoad: they have stride 0 along i and j. Each chain
// starts from Start.
//
// With Fold, the outputs are per row i: a Tree reduction along j of Post's
// results, one per accumulator of Fold, or the first of them in order: see Fold.
//
// Precision other than Exact lets a device round the factors of the Step's
// products, for steps and types for which it has units that do so; then the
// results are within the bounds of Precision, and not the definition's.
type Contract struct {
	Signature
	PreA, PreB Body
	Step       Body
	Accs       []Acc    // the combine joins chunks of ChunkK
	Start      []uint64 // bits from which each accumulator's chain starts
	Post       Body
	Fold       *Fold // nil: no row reduction
	Precision  Precision
}

// Fold is a row reduction fused to a Contract: Post's result number n goes to
// Accs[n]; Fold.Post makes the outputs of them.
//
// With Top, the one accumulator is an ArgMin, of which not one value is kept but so
// many: those that come first of the row's in the order of Before, and their columns. The
// outputs have as many elements per row, one after another in that order: Fold.Post
// makes element number r of value number r (OpAcc) and its column (OpAccIndex). A
// row of fewer columns ends with the elements made of Missing.
type Fold struct {
	Accs []Acc
	Post Body
	Top  int // 0: one value of each accumulator; at most MaxTop
}

// Key identifies the kernel.
func (m *Map) Key() string { return keyOf(m) }

// Outs is the element type of each output.
func (m *Map) Outs() []DType { return m.Body.ResultTypes() }

// String is the text form.
func (m *Map) String() string {
	return fmt.Sprintf("map %s\n%s", m.Signature.String(), m.Body.text())
}

// Key identifies the kernel.
func (r *Reduce) Key() string { return keyOf(r) }

// Outs is the element type of each output.
func (r *Reduce) Outs() []DType { return r.Post.ResultTypes() }

// String is the text form.
func (r *Reduce) String() string {
	return fmt.Sprintf("reduce %s %s %s\npre:\n%spost:\n%s",
		r.Order, accsText(r.Accs), r.Signature.String(), r.Pre.text(), r.Post.text())
}

// Key identifies the kernel.
func (c *Contract) Key() string { return keyOf(c) }

// Outs is the element type of each output.
func (c *Contract) Outs() []DType {
	if c.Fold != nil {
		return c.Fold.Post.ResultTypes()
	}
	return c.Post.ResultTypes()
}

// OutRank is over how many axes the outputs of a launch have strides whose shape, batch
// axes and m, n, k, has so many axes: batch and m, then n, or with Fold.Top the axis
// of the values that are kept.
func (c *Contract) OutRank(axes int) int {
	if c.Fold != nil && c.Fold.Top == 0 {
		return axes - 2
	}
	return axes - 1
}

// String is the text form.
func (c *Contract) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "contract %s start=%#x %s", accsText(c.Accs), c.Start, c.Signature.String())
	if c.Precision != Exact {
		fmt.Fprintf(&s, " precision=%s", c.Precision)
	}
	s.WriteByte('\n')
	for _, part := range []struct {
		name string
		body *Body
	}{{"a", &c.PreA}, {"b", &c.PreB}, {"step", &c.Step}, {"post", &c.Post}} {
		fmt.Fprintf(&s, "%s:\n%s", part.name, part.body.text())
	}
	if c.Fold != nil {
		s.WriteString("fold ")
		if c.Fold.Top > 0 {
			fmt.Fprintf(&s, "top=%d ", c.Fold.Top)
		}
		fmt.Fprintf(&s, "%s:\n%s", accsText(c.Fold.Accs), c.Fold.Post.text())
	}
	return s.String()
}

func accsText(accs []Acc) string {
	parts := make([]string, len(accs))
	for i, a := range accs {
		parts[i] = a.Combine.String() + "." + a.Type.String()
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// text is the body's String, indented.
func (b *Body) text() string {
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	return "  " + strings.Join(lines, "\n  ") + "\n"
}
