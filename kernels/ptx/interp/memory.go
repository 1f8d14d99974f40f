package interp

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
)

// Memory is the global memory that a launch may use: pieces at addresses. Several
// goroutines may use it; launches over it happen one after the other.
type Memory struct {
	mu     sync.Mutex
	pieces []*piece
}

// piece is one allocation.
type piece struct {
	addr  uint64
	bytes []byte
	// writers and readers are, for each 4 bytes, the thread that wrote or read
	// them in the current launch, counted from 1; many readers are -1.
	writers, readers []int32
}

// Map makes bytes the memory at an address, aligned to 16. Later launches see the
// contents, and change them.
func (m *Memory) Map(addr uint64, bytes []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, _ := m.search(addr)
	m.pieces = slices.Insert(m.pieces, at, &piece{addr: addr, bytes: bytes})
}

// Unmap removes the piece at an address.
func (m *Memory) Unmap(addr uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at, ok := m.search(addr); ok {
		m.pieces = slices.Delete(m.pieces, at, at+1)
	}
}

// search is where the piece at an address is or belongs.
func (m *Memory) search(addr uint64) (int, bool) {
	return slices.BinarySearchFunc(m.pieces, addr, func(p *piece, addr uint64) int {
		switch {
		case p.addr < addr:
			return -1
		case p.addr > addr:
			return 1
		}
		return 0
	})
}

// begin forgets who used the memory.
func (m *Memory) begin() {
	for _, p := range m.pieces {
		p.writers, p.readers = nil, nil
	}
}

func unaligned(addr uint64, n int) error {
	return fmt.Errorf("access of %d bytes at %#x: not aligned", n, addr)
}

// find is the piece that holds n bytes at an address.
func (m *Memory) find(addr uint64, n int) (*piece, int, error) {
	at, ok := m.search(addr)
	if !ok {
		at--
	}
	if at >= 0 {
		p := m.pieces[at]
		offset := addr - p.addr
		if offset <= uint64(len(p.bytes)) && uint64(len(p.bytes))-offset >= uint64(n) {
			return p, int(offset), nil
		}
	}
	return nil, 0, fmt.Errorf("access of %d bytes at %#x: outside of all memory (%s)", n, addr, m.near(at))
}

// near describes the piece below a stray address.
func (m *Memory) near(at int) string {
	if at < 0 {
		return "nothing lies below"
	}
	return fmt.Sprintf("below lie %d bytes at %#x", len(m.pieces[at].bytes), m.pieces[at].addr)
}

// read is n bytes that no thread writes.
func (m *Memory) read(addr uint64, n int) ([]byte, error) {
	if addr%uint64(n) != 0 {
		return nil, unaligned(addr, n)
	}
	p, at, err := m.find(addr, n)
	if err != nil {
		return nil, err
	}
	return p.bytes[at : at+n], nil
}

// load reads n bytes for a thread, at a multiple of n.
func (m *Memory) load(addr uint64, n int, thread int32) ([]byte, error) {
	if addr%uint64(n) != 0 {
		return nil, unaligned(addr, n)
	}
	return m.loadBytes(addr, n, thread)
}

// loadBytes reads n bytes for a thread.
func (m *Memory) loadBytes(addr uint64, n int, thread int32) ([]byte, error) {
	p, at, err := m.find(addr, n)
	if err != nil {
		return nil, err
	}
	if p.readers == nil {
		p.readers = make([]int32, len(p.bytes)/4+1)
	}
	for w := at / 4; w <= (at+n-1)/4; w++ {
		if p.writers != nil && p.writers[w] != 0 && p.writers[w] != thread {
			return nil, fmt.Errorf("read of %#x: thread %d of this launch has written it", addr, p.writers[w]-1)
		}
		if r := p.readers[w]; r == 0 {
			p.readers[w] = thread
		} else if r != thread {
			p.readers[w] = -1
		}
	}
	return p.bytes[at : at+n], nil
}

// store is load for n bytes that will be written.
func (m *Memory) store(addr uint64, n int, thread int32) ([]byte, error) {
	if addr%uint64(n) != 0 {
		return nil, unaligned(addr, n)
	}
	p, at, err := m.find(addr, n)
	if err != nil {
		return nil, err
	}
	if p.writers == nil {
		p.writers = make([]int32, len(p.bytes)/4+1)
	}
	for w := at / 4; w <= (at+n-1)/4; w++ {
		if p.writers[w] != 0 && p.writers[w] != thread {
			return nil, fmt.Errorf("write of %#x: thread %d of this launch has written it", addr, p.writers[w]-1)
		}
		if p.readers != nil && p.readers[w] != 0 && p.readers[w] != thread {
			return nil, fmt.Errorf("write of %#x: another thread of this launch has read it", addr)
		}
		p.writers[w] = thread
	}
	return p.bytes[at : at+n], nil
}

// get and put move the bits of one element of 4 or 8 bytes.
func get(p []byte, size int) uint64 {
	if size == 4 {
		return uint64(binary.LittleEndian.Uint32(p))
	}
	return binary.LittleEndian.Uint64(p)
}

func put(p []byte, size int, v uint64) {
	if size == 4 {
		binary.LittleEndian.PutUint32(p, uint32(v))
		return
	}
	binary.LittleEndian.PutUint64(p, v)
}
