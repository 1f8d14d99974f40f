package devicetest

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// memo holds the oracle's outputs by launch.
type memo map[launchKey][][]byte

// launchKey identifies a launch: the kernel, and a hash of all its arguments.
type launchKey struct {
	kernel string
	args   uint64
}

// seed is that of every launchKey's hash.
var seed = maphash.MakeSeed()

func keyOf(k kernels.Kernel, args *oracle.Args) launchKey {
	var h maphash.Hash
	h.SetSeed(seed)
	number := func(n uint64) { h.Write(binary.LittleEndian.AppendUint64(nil, n)) }
	list := func(ns []int) {
		number(uint64(len(ns)))
		for _, n := range ns {
			number(uint64(n))
		}
	}
	list(args.Shape)
	number(uint64(args.Reduced))
	for _, ops := range [][]oracle.Operand{args.Ins, args.Outs} {
		for _, op := range ops {
			number(uint64(op.Offset))
			list(op.Strides)
			number(uint64(len(op.Bytes)))
			h.Write(op.Bytes)
		}
	}
	for _, l := range args.Indices {
		number(uint64(l.Offset))
		list(l.Strides)
	}
	for _, p := range args.Params {
		number(p)
	}
	return launchKey{k.Key(), h.Sum64()}
}

// expect leaves the oracle's results in the arrays of args.
func (m memo) expect(k kernels.Kernel, args *oracle.Args) error {
	if m == nil {
		return oracle.Run(k, args)
	}
	key := keyOf(k, args)
	outs, known := m[key]
	if !known {
		if err := oracle.Run(k, args); err != nil {
			return err
		}
		for _, op := range args.Outs {
			outs = append(outs, append([]byte(nil), op.Bytes...))
		}
		m[key] = outs
		return nil
	}
	for i, op := range args.Outs {
		copy(op.Bytes, outs[i])
	}
	return nil
}
