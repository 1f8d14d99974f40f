package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// nearbyStrides are the strides that Gather has kernels for, from 2 on.
const nearbyStrides = 8

// nearbyGathers emits Gather of small strides for AVX-512 and returns the Go value
// that lists the kernels. They read all elements, whole
// vectors at a time, and picks those that are wanted. A vector of elements takes
// stride loads and stride−1 permutations of two sources, of which there is one a
// cycle; the gather instruction takes a cycle or more for each element.
func (g *generator) nearbyGathers(elem int) string {
	var list []string
	for stride := 2; stride <= nearbyStrides; stride++ {
		name := g.name("gather", fmt.Sprint(8*elem), fmt.Sprintf("by%d", stride))
		g.Func(name, "func(dst, src unsafe.Pointer, n int)", goLoop(
			fmt.Sprintf("%s reads src[:n*%d]. It computes, for n > 0 a multiple of %d,", name, stride, 64/elem),
			"for i := range n {", fmt.Sprintf("\tdst[i] = src[i*%d]", stride), "}")...)
		g.nearbyLoop(elem, stride)
		list = append(list, fmt.Sprintf("%d: %s", stride, name))
	}
	return "nearby{" + strings.Join(list, ", ") + "}"
}

// nearbyLoop adds the elements of one vector of the source after the other to the
// result: those that are there already keep their lanes.
func (g *generator) nearbyLoop(elem, stride int) {
	dst, src, n := reg.RDI, reg.RSI, reg.RBX
	lanes := g.VectorBytes() / elem
	g.Arg("dst", dst)
	g.Arg("src", src)
	g.Arg("n", n)
	for v := 1; v < stride; v++ {
		picks := make([]uint64, lanes)
		for i := range picks {
			at := i * stride
			switch {
			case at/lanes == v:
				picks[i] = uint64(lanes + at%lanes)
			case v == 1:
				picks[i] = uint64(at % lanes)
			default:
				picks[i] = uint64(i)
			}
		}
		g.Do("VMOVUPS", g.Table(fmt.Sprintf("picks_%d_%d_%d", 8*elem, stride, v), elem, picks), g.Vector(v))
	}
	g.Label("loop")
	g.Do("VMOVUPS", operand.Mem{Base: src}, reg.Z0)
	for v := 1; v < stride; v++ {
		g.Do("VPERMT2"+floatSuffix(elem), operand.Mem{Base: src, Disp: v * g.VectorBytes()}, g.Vector(v), reg.Z0)
	}
	g.Do("VMOVUPS", reg.Z0, operand.Mem{Base: dst})
	g.Do("ADDQ", imm(uint64(stride*g.VectorBytes())), src)
	g.Do("ADDQ", imm(uint64(g.VectorBytes())), dst)
	g.Do("SUBQ", imm(uint64(lanes)), n)
	g.Jump("JNE", "loop")
	g.Ret()
}
