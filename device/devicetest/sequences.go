package devicetest

import "github.com/quern-go/quern/device"

// sequence repeats launches in a row: with the same arguments, another buffer, another
// size, one wait for two of them, and on another stream.
func (s *tester) sequence(t T) {
	d, ok := s.dev.(device.Sequencer)
	if !ok {
		t.Skipf("the device prepares no sequences")
	}
	const steps, most = 4, 3000
	prog := s.compile(t, stepKernel(t))
	programs := make([]device.Program, steps)
	for i := range programs {
		programs[i] = prog
	}
	q, err := d.NewSequence(programs)
	if err != nil {
		t.Fatalf("new sequence: %v", err)
	}
	for round, n := range []int{1000, 1000, 1000, most, 1} {
		stream := s.stream(t)
		buf := s.upload(t, stream, encode(ramp(n, float32(round))...))
		args := make([]device.Args, steps)
		for i := range args {
			args[i] = *contiguous(n, buf, buf)
		}
		times := 1 + round%2
		for range times {
			if err := q.Launch(stream, args); err != nil {
				t.Fatalf("round %d: launch: %v", round, err)
			}
		}
		got := make([]byte, 4*n)
		if err := stream.Download(got, buf); err != nil {
			t.Fatalf("round %d: download: %v", round, err)
		}
		buf.Release() // the queue keeps it
		if err := stream.Sync(t.Context()); err != nil {
			t.Fatalf("round %d: sync: %v", round, err)
		}
		if err := checkStepped(got, float32(round), steps*times); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := stream.Close(); err != nil {
			t.Errorf("round %d: close: %v", round, err)
		}
	}
	for range 2 {
		if err := q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}
