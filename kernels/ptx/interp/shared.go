package interp

import "fmt"

// shared is the shared memory of one thread block.
type shared struct {
	bytes []byte
	words []sharedWord
	epoch int32 // barriers passed, from 1
}

// sharedWord is what has happened to 4 bytes.
type sharedWord struct {
	written             bool
	pending             bool // an asynchronous copy is under way
	writer, reader      int16
	writeTime, readTime int32 // epochs
}

// several stands for more than one reader.
const several = -1

func (s *shared) reset(bytes int) {
	if len(s.bytes) != bytes {
		s.bytes, s.words = make([]byte, bytes), make([]sharedWord, (bytes+3)/4)
	}
	clear(s.words)
	s.epoch = 1
}

func (s *shared) check(addr uint64, n int) error {
	switch {
	case addr%uint64(n) != 0:
		return fmt.Errorf("access of %d bytes at shared %#x: not aligned", n, addr)
	case addr > uint64(len(s.bytes)) || uint64(len(s.bytes))-addr < uint64(n):
		return fmt.Errorf("access of %d bytes at shared %#x, of %d bytes", n, addr, len(s.bytes))
	}
	return nil
}

func (s *shared) load(addr uint64, n int, thread int16) ([]byte, error) {
	if err := s.check(addr, n); err != nil {
		return nil, err
	}
	for i := addr / 4; i < (addr+uint64(n)+3)/4; i++ {
		w := &s.words[i]
		switch {
		case w.pending:
			return nil, fmt.Errorf("read of shared %#x: an asynchronous copy to it was not waited for", i*4)
		case !w.written:
			return nil, fmt.Errorf("read of shared %#x: never written", i*4)
		case w.writeTime == s.epoch && w.writer != thread:
			return nil, fmt.Errorf("read of shared %#x: thread %d wrote it, with no barrier since", i*4, w.writer)
		}
		if w.readTime == s.epoch && w.reader != thread {
			w.reader = several
		} else {
			w.reader, w.readTime = thread, s.epoch
		}
	}
	return s.bytes[addr : addr+uint64(n)], nil
}

func (s *shared) store(addr uint64, n int, thread int16) ([]byte, error) {
	if err := s.check(addr, n); err != nil {
		return nil, err
	}
	for i := addr / 4; i < (addr+uint64(n)+3)/4; i++ {
		w := &s.words[i]
		switch {
		case w.pending:
			return nil, fmt.Errorf("write of shared %#x: an asynchronous copy to it was not waited for", i*4)
		case w.written && w.writeTime == s.epoch && w.writer != thread:
			return nil, fmt.Errorf("write of shared %#x: thread %d wrote it, with no barrier since", i*4, w.writer)
		case w.readTime == s.epoch && w.reader != thread:
			return nil, fmt.Errorf("write of shared %#x: another thread read it, with no barrier since", i*4)
		}
		w.written, w.writer, w.writeTime = true, thread, s.epoch
	}
	return s.bytes[addr : addr+uint64(n)], nil
}

// setPending marks the target of an asynchronous copy, or its arrival.
func (s *shared) setPending(addr uint64, n int, pending bool) {
	for i := addr / 4; i < (addr+uint64(n)+3)/4; i++ {
		s.words[i].pending = pending
	}
}
