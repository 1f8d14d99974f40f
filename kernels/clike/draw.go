package clike

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// draw names the counter of an OpPhilox: instructions that agree in it take
// different words of one counter.
type draw struct {
	args  [3]kernels.Value
	share int
}

// philox is the expression of an OpPhilox. The first one of each draw writes
// the statements that make the counter's words.
func (w *bodyWriter) philox(i int, args []string) string {
	in := &w.body.Insts[i]
	share, word := kernels.PhiloxMode(in.Imm)
	d := draw{in.Args, share}
	words, ok := w.draws[d]
	if !ok {
		words = fmt.Sprintf("%swords%d", w.prefix, i)
		w.writeWords(i, words, args, share)
		if w.draws == nil {
			w.draws = make(map[draw]string)
		}
		w.draws[d] = words
	}
	row := strings.Replace(words, "words", "row", 1)
	names := "xyzw"
	switch share {
	case 0:
		return fmt.Sprintf("%s.%c", words, names[word])
	case 1:
		return fmt.Sprintf("%s & 1 ? %s.%c : %s.%c", row, words, names[2+word], words, names[word])
	}
	w.need("lane_of")
	return fmt.Sprintf("lane_of(%s, (uint)%s & 3)", words, row)
}

// writeWords writes the words of a counter: kept from the last call if rows share
// it and stream and seed are the same for the whole launch.
func (w *bodyWriter) writeWords(i int, words string, args []string, share int) {
	in := &w.body.Insts[i]
	number, call := args[0], "philox("
	if share > 0 {
		w.line("const ulong %srow%d = %s >> 8; // rows of 256 elements, %d of which share a counter", w.prefix, i, args[0], 1<<share)
		number = fmt.Sprintf("(%srow%d >> %d << 8) | (%s & 255)", w.prefix, i, share, args[0])
		if w.cache && w.uniform(in.Args[1]) && w.uniform(in.Args[2]) {
			call = fmt.Sprintf("philox_cached(counter%d, ", w.counters)
			w.counters++
			w.need("philox_cached")
		}
	}
	w.need("philox")
	w.line("const uint4 %s = %s%s, %s, %s);", words, call, number, args[1], args[2])
}

// uniform says whether a value is the same for the whole launch.
func (w *bodyWriter) uniform(v kernels.Value) bool {
	in := &w.body.Insts[v]
	switch in.Op {
	case kernels.OpConst, kernels.OpParam:
		return true
	case kernels.OpArg, kernels.OpLoad, kernels.OpIndex, kernels.OpAcc, kernels.OpAccIndex, kernels.OpGather:
		return false
	}
	for _, a := range in.Args[:in.NumArgs()] {
		if !w.uniform(a) {
			return false
		}
	}
	return true
}
