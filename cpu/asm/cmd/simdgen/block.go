package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// blocks emits SumBlock and SumBlockMul: a whole block of the Tree order with its
// 256 lanes in registers from the first value to the last fold. Only AVX-512 has
// that many registers, and for products of float64, which need another one, not
// even that.
func (g *generator) blocks() {
	if g.ISA != vec.AVX512 {
		return
	}
	for _, t := range elemTypes {
		a := &accumulator{generator: g, combine: combines[0], elem: t.size}
		g.enter("t.SumBlock["+t.goName+"]", a.block(t.name))
	}
	a := &accumulator{generator: g, combine: combines[0], elem: 4, product: true}
	g.enter("t.SumBlockMul[kernels.F32]", a.block("f32"))
}

// block emits the sum of a block. Lanes without a value keep the identity, −0.
func (a *accumulator) block(elemName string) string {
	name := a.kernelName("sumblock", elemName)
	signature := "func(dst, src unsafe.Pointer, n int)"
	if a.product {
		signature = "func(dst, a, b unsafe.Pointer, n int)"
	}
	a.Func(name, signature, goLoop(name+" computes",
		"for j := range 256 {", "\tacc[j] = −0", "}",
		"for i := range n {", "\tacc[i%256] += "+a.element("i"), "}",
		"for half := 128; half > 0; half /= 2 {", "\tfor j := range half {", "\t\tacc[j] += acc[j+half]", "\t}", "}",
		"dst[0] = acc[0]")...)
	k := &blockLoop{accumulator: a, src: reg.RSI, n: reg.RBX, other: reg.R9, vectors: kernels.TreeLanes / a.lanes()}
	a.arguments(k.src, k.other)
	a.Arg("n", k.n)
	k.start()
	k.rows()
	k.rest()
	a.Label("fold")
	for half := k.vectors / 2; half > 0; half /= 2 {
		for v := range half {
			a.apply(a.Vector(v+half), a.Vector(v))
		}
	}
	a.foldVector()
	a.Arg("dst", reg.RDI)
	a.Do(map[int]string{4: "VMOVSS", 8: "VMOVSD"}[a.elem], a.Vector(0).AsX(), operand.Mem{Base: reg.RDI})
	a.Ret()
	return name
}

type blockLoop struct {
	*accumulator
	src, n, other reg.GPPhysical // where the values are, how many are left, distance to the second factor
	vectors       int            // that hold the lanes
}

// mem is vector v of the current row, factor that of the second factor.
func (k *blockLoop) mem(v int) operand.Mem {
	return operand.Mem{Base: k.src, Disp: v * k.VectorBytes()}
}

func (k *blockLoop) factor(v int) operand.Mem {
	m := k.mem(v)
	m.Index, m.Scale = k.other, 1
	return m
}

// start takes the first row as it is, or identities if it is not whole.
func (k *blockLoop) start() {
	k.Do("CMPQ", k.n, operand.U32(kernels.TreeLanes))
	k.Jump("JLT", "identities")
	for v := range k.vectors {
		k.Do("VMOVUPS", k.mem(v), k.Vector(v))
		if k.product {
			k.Do("VMUL"+floatSuffix(k.elem), k.factor(v), k.Vector(v), k.Vector(v))
		}
	}
	k.nextRow()
	k.Jump("JMP", "rows")
	k.Label("identities")
	k.Do("MOVQ", operand.U64(kernels.CombineAdd.Identity(k.floatType())), tmp)
	k.Do(map[int]string{4: "VPBROADCASTD", 8: "VPBROADCASTQ"}[k.elem], map[int]reg.Register{4: tmp.As32(), 8: tmp}[k.elem], k.Vector(0))
	for v := 1; v < k.vectors; v++ {
		k.Do("VMOVAPS", k.Vector(0), k.Vector(v))
	}
}

func (k *blockLoop) floatType() kernels.DType {
	if k.elem == 4 {
		return kernels.F32
	}
	return kernels.F64
}

func (k *blockLoop) nextRow() {
	k.Do("ADDQ", imm(uint64(kernels.TreeLanes*k.elem)), k.src)
	k.Do("SUBQ", operand.U32(kernels.TreeLanes), k.n)
}

// rows adds whole rows.
func (k *blockLoop) rows() {
	k.Label("rows")
	k.Do("CMPQ", k.n, operand.U32(kernels.TreeLanes))
	k.Jump("JLT", "rest")
	for v := range k.vectors {
		k.take(k.mem(v), k.factor(v), k.Vector(k.spare(v)), k.Vector(v))
	}
	k.nextRow()
	k.Jump("JMP", "rows")
}

// spare is a register that holds no lanes, where there are such.
func (k *blockLoop) spare(v int) int { return min(k.vectors+v%8, 31) }

// rest adds the last row: whole vectors, then a part of one.
func (k *blockLoop) rest() {
	k.Label("rest")
	k.Do("MOVQ", k.n, count2)
	k.Do("ANDQ", operand.U32(uint32(k.lanes()-1)), count2)
	k.Do("MOVQ", operand.U32(1), tmp)
	k.Do("SHLQ", reg.CL, tmp)
	k.Do("DECQ", tmp)
	k.Do("KMOVW", tmp.As32(), reg.K1)
	for v := range k.vectors {
		k.Do("CMPQ", k.n, operand.U32(uint32((v+1)*k.lanes())))
		k.Jump("JLT", fmt.Sprintf("part%d", v))
		k.take(k.mem(v), k.factor(v), k.Vector(k.spare(v)), k.Vector(v))
	}
	for v := range k.vectors {
		k.Label(fmt.Sprintf("part%d", v))
		k.takePart(v)
		if v+1 < k.vectors {
			k.Jump("JMP", "fold")
		}
	}
}

// takePart adds the elements of vector v that K1 selects.
func (k *blockLoop) takePart(v int) {
	s := floatSuffix(k.elem)
	if !k.product {
		k.Do("VADD"+s, k.mem(v), k.Vector(v), reg.K1, k.Vector(v))
		return
	}
	t := k.Vector(k.spare(v))
	k.Do("VMOVU"+s+"_Z", k.mem(v), reg.K1, t)
	k.Do("VMUL"+s+"_Z", k.factor(v), t, reg.K1, t)
	k.Do("VADD"+s, t, k.Vector(v), reg.K1, k.Vector(v))
}
