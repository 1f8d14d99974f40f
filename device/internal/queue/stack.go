package queue

import "sync"

// Stack keeps things for reuse, the last one put back first.
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
