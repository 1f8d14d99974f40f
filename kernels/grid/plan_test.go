package grid

import "testing"

func TestPlanReusesItsMemory(t *testing.T) {
	var p Plan
	build := func(blockBytes int) {
		p.Reset()
		q := p.Add(1, blockBytes)
		q.Buffers = append(q.Buffers, BufferRef{InputBuffer, 0}, p.TakeScratch(100))
		q.Block[blockBytes-1], q.Groups, q.Work = 1, 7, 3
		p.ReuseScratch()
		q = p.Add(0, blockBytes)
		q.Buffers = append(q.Buffers, p.TakeScratch(blockBytes), p.TakeScratch(8))
	}
	build(300)
	if n := testing.AllocsPerRun(10, func() { build(200) }); n != 0 {
		t.Errorf("%v allocations, expected none", n)
	}
	build(16)
	if len(p.Passes) != 2 || len(p.Scratch) != 2 || p.Scratch[0] != 100 || p.Scratch[1] != 8 {
		t.Errorf("%d passes, scratch %v; expected 2 and [100 8]", len(p.Passes), p.Scratch)
	}
	q := p.Last()
	if q.Entry != 0 || q.Groups != 0 || q.Work != 0 || len(q.Block) != 16 || q.Buffers[1] != (BufferRef{ScratchBuffer, 1}) {
		t.Errorf("last pass %+v", *q)
	}
	for i, b := range q.Block {
		if b != 0 {
			t.Errorf("byte %d of a new block is %d", i, b)
		}
	}
}

func TestAxesFor(t *testing.T) {
	for axes, want := range map[int]int{0: FewAxes, 1: FewAxes, FewAxes: FewAxes, FewAxes + 1: MaxAxes, MaxAxes: MaxAxes} {
		if got := AxesFor(axes); got != want {
			t.Errorf("%d axes: bound %d, expected %d", axes, got, want)
		}
	}
}
