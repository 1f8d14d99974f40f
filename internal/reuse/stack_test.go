package reuse

import (
	"sync"
	"testing"
)

func TestStack(t *testing.T) {
	var s Stack[int]
	if v, ok := s.Pop(); ok || v != 0 {
		t.Errorf("an empty stack gives %d, %v", v, ok)
	}
	s.Push(1)
	s.Push(2)
	for _, want := range []int{2, 1} {
		if v, ok := s.Pop(); !ok || v != want {
			t.Errorf("%d, %v, expected %d", v, ok, want)
		}
	}
}

func TestStackOfSeveral(t *testing.T) {
	var s Stack[int]
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				s.Push(i)
				if _, ok := s.Pop(); !ok {
					t.Error("what was pushed is gone")
				}
			}
		})
	}
	wg.Wait()
	if _, ok := s.Pop(); ok {
		t.Error("more than was pushed")
	}
}
