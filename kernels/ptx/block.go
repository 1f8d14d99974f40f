package ptx

import (
	"encoding/binary"
	"fmt"
)

// field is a place in an argument block, in bytes.
type field int

// block is the layout of an argument block, as it grows. The first field of every
// block is the number of the first group.
type block struct{ size int }

func newBlock() *block { return &block{size: 8} }

// word and long are new fields of 4 and 8 bytes.
func (b *block) word() field { return b.take(4) }
func (b *block) long() field { return b.take(8) }

// longs is the first of n fields of 8 bytes.
func (b *block) longs(n int) field {
	at := b.take(8)
	b.size += 8 * (n - 1)
	return at
}

func (b *block) take(n int) field {
	b.size = (b.size + n - 1) / n * n
	at := field(b.size)
	b.size += n
	return at
}

// blockLimit is the most that a launch passes by value, less room for pointers.
const blockLimit = 4096 - 512

// bytes is the size of the block, a multiple of 8.
func (b *block) bytes() (int, error) {
	n := (b.size + 7) / 8 * 8
	if n > blockLimit {
		return 0, fmt.Errorf("argument block of %d bytes, at most %d: too many operands", n, blockLimit)
	}
	return n, nil
}

func put32(p []byte, at field, v uint32) { binary.LittleEndian.PutUint32(p[at:], v) }
func put64(p []byte, at field, v int64)  { binary.LittleEndian.PutUint64(p[at:], uint64(v)) }

// load reads a field of the argument block.
func (c *code) load(t dtype, at field) string {
	return c.to(t, "ld.param."+moveSuffix(t), "[block+"+integer(int(at))+"]")
}

// pointer is the generic address in a Buffers parameter as a global one.
func (c *code) pointer(buffer int) string {
	p := c.to(u64, "ld.param.u64", "[buffer"+integer(buffer)+"]")
	return c.to(u64, "cvta.to.global.u64", p)
}

// group is the number of the thread block, counted from the field of the first
// group, and thread the thread's number in it; both U32.
func (c *code) group() string {
	return c.add(u32, c.to(u32, "mov.u32", "%ctaid.x"), c.load(u32, 0))
}

func (c *code) thread() string { return c.to(u32, "mov.u32", "%tid.x") }
