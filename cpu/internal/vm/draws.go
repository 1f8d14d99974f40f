package vm

import (
	"slices"

	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/kernels"
)

// drawn is a value that a kernel computes from the words of Philox in one call, with the
// values of all that draw from the same counters.
type drawn struct {
	draw   *outline.Draw
	from   kernels.Value   // the call that the chain begins with
	args   []kernels.Value // of the links of the chain, NoValue for those that it has not
	end    kernels.Value   // the last link
	inside []kernels.Value // what lies before it, the call included
}

// fuseDraws finds the groups whose words serve for such values alone.
func (s *specialiser) fuseDraws() {
	if len(s.groups) == 0 || len(s.table.Draws) == 0 {
		return
	}
	reads, reader := s.readers()
	s.fusePicks(reads)
	found := make(map[*philoxGroup]map[int]*drawn) // by first word
	for i := range s.body.Insts {
		in := &s.body.Insts[i]
		if in.Op != kernels.OpCall {
			continue
		}
		for _, d := range outline.Draws() {
			g, word, ok := s.drawsFrom(d, in, reads)
			if !ok {
				continue
			}
			value := s.follow(d, kernels.Value(i), reads, reader)
			if value == nil {
				continue
			}
			if found[g] == nil {
				found[g] = make(map[int]*drawn)
			}
			found[g][word] = value
		}
	}
	for g, values := range found {
		s.fuse(g, values)
	}
}

// readers counts what reads each value, and names the last instruction that does, of
// instructions that something reads.
func (s *specialiser) readers() (reads []int, reader []int) {
	reads, reader = make([]int, len(s.body.Insts)), make([]int, len(s.body.Insts))
	for _, v := range s.body.Results {
		reads[v]++
		reader[v] = -1
	}
	for i := len(s.body.Insts) - 1; i >= 0; i-- {
		in := &s.body.Insts[i]
		if reads[i] == 0 {
			continue
		}
		for _, a := range in.Args[:in.NumArgs()] {
			if reads[a]++; reads[a] == 1 {
				reader[a] = i
			}
		}
	}
	return reads, reader
}

// drawsFrom reports whether a call begins a chain, on words that serve for nothing else,
// and of which group, from which word on.
func (s *specialiser) drawsFrom(d *outline.Draw, call *kernels.Inst, reads []int) (g *philoxGroup, word int, ok bool) {
	if call.Func.Name != d.From.Name || s.table.Draws[d.Name] == nil {
		return nil, 0, false
	}
	for k, a := range call.Args[:call.NumArgs()] {
		root := s.root[a]
		if !s.isWord(root) || root == a || reads[a] != 1 || reads[root] != 1 {
			return nil, 0, false
		}
		_, w := kernels.PhiloxMode(s.body.Insts[root].Imm)
		if k == 0 {
			g, word = s.groupOf(root), w
		}
		if s.groupOf(root) != g || w != word+k {
			return nil, 0, false
		}
	}
	return g, word, word%d.Words() == 0
}

// follow finds the links of the chain that begins with a call; nil if it is not whole.
func (s *specialiser) follow(d *outline.Draw, call kernels.Value, reads, reader []int) *drawn {
	value := &drawn{draw: d, from: call, end: call}
	for _, op := range d.Then {
		arg := kernels.NoValue
		if v := value.end; reads[v] == 1 && reader[v] >= 0 {
			arg = otherOperand(&s.body.Insts[reader[v]], op, v)
		}
		switch {
		case arg != kernels.NoValue && s.rates[arg] != varying:
			value.inside = append(value.inside, value.end)
			value.end = kernels.Value(reader[value.end])
			value.args = append(value.args, arg)
		case d.Neutral == nil:
			return nil
		default:
			value.args = append(value.args, kernels.NoValue)
		}
	}
	return value
}

// otherOperand is what an instruction, if it is the given op, computes with v: as the
// first operand, or either one if they commute.
func otherOperand(in *kernels.Inst, op kernels.Op, v kernels.Value) kernels.Value {
	switch {
	case in.Op != op:
		return kernels.NoValue
	case in.Args[0] == v:
		return in.Args[1]
	case op == kernels.OpAdd || op == kernels.OpMul:
		return in.Args[0]
	}
	return kernels.NoValue
}

// fuse has a group draw values, if they are all that is made of its words and of one
// kind. Links with different parameters stay instructions of their own.
func (s *specialiser) fuse(g *philoxGroup, values map[int]*drawn) {
	first := values[0]
	if first == nil {
		return
	}
	width := first.draw.Words()
	same := true
	for word := 0; word < 4>>g.share; word += width {
		value := values[word]
		if value == nil || value.draw != first.draw {
			return
		}
		same = same && slices.Equal(value.args, first.args)
	}
	if !same && first.draw.Neutral == nil {
		return
	}
	g.draw, g.width, g.params = first.draw, width, first.args
	g.drawn = [4]kernels.Value{kernels.NoValue, kernels.NoValue, kernels.NoValue, kernels.NoValue}
	if !same {
		g.params = slices.Repeat([]kernels.Value{kernels.NoValue}, len(first.args))
	}
	for word, value := range values {
		end := value.end
		if !same {
			end, value.inside = value.from, nil
		}
		g.drawn[word/width] = end
		s.drawn[end] = g
		for _, v := range value.inside {
			s.inside[v] = true
		}
	}
}

// placeDrawn emits one call for the values of a group, at the first of them.
func (s *specialiser) placeDrawn(v kernels.Value, g *philoxGroup) {
	if g.dst[0] == nowhere {
		word := s.body.Insts[g.value[0]]
		call := s.callPhilox(&word, s.operands(&word))
		bits := bitsOf(s.body.Insts[v].Type)
		for k := range g.perElement() {
			s.pay(float64(4*g.width + 15))
			if r, ok := s.claims[g.drawn[k]]; ok {
				g.dst[k] = s.out(r)
			} else {
				g.dst[k] = s.pool.take(bits)
			}
		}
		r := &call.rare.philox
		r.params, r.dst, r.width, r.bits, r.source, r.kernel = g.params, g.dst, g.width, bits, g.source, s.kernelOf(g, bits/8)
		if g.source > 0 {
			s.c.aligned = aligned{r.leaf, lanes << g.share}
		}
		for i, a := range g.params {
			if a == kernels.NoValue {
				r.args[i] = s.pool.scalar(-1, g.draw.Neutral[i])
			} else {
				r.args[i] = s.at[s.root[a]]
			}
		}
		call.dst = g.dst[0]
		s.emit(call)
	}
	for k, value := range g.drawn {
		if value == v {
			s.at[v] = g.dst[k]
		}
	}
}
