package cu

import (
	"runtime"
	"unsafe"
)

// nodeParams is CUDA_KERNEL_NODE_PARAMS_v1 of cuda.h.
type nodeParams struct {
	function     uintptr
	grid, block  [3]uint32
	sharedBytes  uint32
	kernelParams uintptr
	extra        uintptr
}

// asNode fills in the launch as a node's parameters, which hold addresses of its own
// parts: it is on the heap and stays where it is.
func (k *Launch) asNode() *nodeParams {
	k.setExtra()
	k.node = nodeParams{
		function: uintptr(k.Function), grid: [3]uint32{k.Grid, 1, 1}, block: [3]uint32{k.Block, 1, 1},
		sharedBytes: k.Shared, extra: uintptr(unsafe.Pointer(&k.extra)),
	}
	return &k.node
}

func (l *library) GraphCreate() (Graph, error) {
	var g Graph
	err := l.call(fGraphCreate, uintptr(unsafe.Pointer(&g)), 0)
	return g, err
}

func (l *library) GraphDestroy(g Graph) error { return l.take1(fGraphDestroy, uintptr(g)) }

func (l *library) GraphAddKernelNode(g Graph, after Node, k *Launch) (Node, error) {
	var n Node
	dependencies := uintptr(1)
	if after == 0 {
		dependencies = 0
	}
	err := l.call(fGraphAddKernelNode, uintptr(unsafe.Pointer(&n)), uintptr(g),
		uintptr(unsafe.Pointer(&after)), dependencies, uintptr(unsafe.Pointer(k.asNode())))
	runtime.KeepAlive(k)
	return n, err
}

func (l *library) GraphInstantiate(g Graph) (Exec, error) {
	var e Exec
	err := l.call(fGraphInstantiate, uintptr(unsafe.Pointer(&e)), uintptr(g), 0)
	return e, err
}

func (l *library) GraphExecDestroy(e Exec) error { return l.take1(fGraphExecDestroy, uintptr(e)) }

func (l *library) GraphExecKernelNodeSetParams(e Exec, n Node, k *Launch) error {
	code := l.plain(fGraphExecKernelNodeSetParams, 3, values{uintptr(e), uintptr(n), uintptr(unsafe.Pointer(k.asNode()))})
	runtime.KeepAlive(k)
	return l.check(fGraphExecKernelNodeSetParams, code)
}

func (l *library) GraphLaunch(e Exec, s Stream) error {
	return l.take2(fGraphLaunch, uintptr(e), uintptr(s))
}
