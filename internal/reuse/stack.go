// Package reuse keeps things that cost something to make for the next one who needs one.
package reuse

import "sync"

// Stack keeps things for reuse. The last one put back is the first to be used again: it is still in the cache. The zero
// Stack is empty; its methods may be called from several goroutines.
type Stack[T any] struct {
	mu   sync.Mutex
	free []T
}

// Pop takes the top; false if there is none.
func (s *Stack[T]) Pop() (top T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.free)
	if n == 0 {
		return top, false
	}
	top = s.free[n-1]
	s.free = s.free[:n-1]
	return top, true
}

// Push puts v back.
func (s *Stack[T]) Push(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, v)
}
