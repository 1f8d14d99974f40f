package devicetest

import (
	"reflect"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// compiling tests that programs are cached by key, and know their kernel.
func (s *tester) compiling(t T) {
	first := s.compile(t, stepKernel(t))
	second := s.compile(t, stepKernel(t)) // another object of the same key
	if first.Kernel() == nil || first.Kernel().Key() != second.Kernel().Key() {
		t.Errorf("the program's kernel is not the one compiled")
	}
	if reflect.TypeOf(first).Comparable() && first != second {
		t.Errorf("two kernels of one key were compiled twice")
	}
	t.Run("AtOnce", s.compileAtOnce)
}

// compileAtOnce compiles one new kernel from several goroutines.
func (s *tester) compileAtOnce(t T) {
	k := stepKernel(t)
	k.Body = body(t, func(b *kernels.Builder) values {
		return values{b.Add(b.Load(0, kernels.F32), b.Float(kernels.F32, 1.0/7))}
	})
	progs, errs := make([]device.Program, 8), make([]error, 8)
	var group sync.WaitGroup
	for i := range progs {
		group.Go(func() { progs[i], errs[i] = s.dev.Compile(k) })
	}
	group.Wait()
	last := s.compile(t, k)
	for i, p := range progs {
		if errs[i] != nil {
			t.Errorf("compile number %d: %v", i, errs[i])
		} else if reflect.TypeOf(p).Comparable() && p != last {
			t.Errorf("compile number %d gave a program of its own", i)
		}
	}
}
