package ops

import "slices"

// candidate is an element and its position.
type candidate[T Float] struct {
	value    T
	position int
}

// compare orders by value, NaN last, then by position.
func (c candidate[T]) compare(d candidate[T]) int {
	cn, dn := c.value != c.value, d.value != d.value
	switch {
	case cn != dn && dn, c.value < d.value:
		return -1
	case cn != dn, c.value > d.value:
		return 1
	}
	return c.position - d.position
}

// nearest keeps the k first of the candidates it is given: a heap, the last of them
// on top.
type nearest[T Float] struct {
	k    int
	heap []candidate[T]
}

func (n *nearest[T]) reset(k int) { n.k, n.heap = k, slices.Grow(n.heap[:0], k) }

// add takes the elements of a row from position first on; those of earlier
// positions have been given before.
func (n *nearest[T]) add(elements []T, first int) {
	i := 0
	for ; len(n.heap) < n.k && i < len(elements); i++ {
		n.heap = append(n.heap, candidate[T]{elements[i], first + i})
		n.up(len(n.heap) - 1)
	}
	for i < len(elements) {
		last := n.heap[0].value
		if last != last { // every number comes before NaN
			for i < len(elements) && elements[i] != elements[i] {
				i++
			}
		} else {
			for i < len(elements) && !(elements[i] < last) {
				i++
			}
		}
		if i < len(elements) {
			n.heap[0] = candidate[T]{elements[i], first + i}
			n.down()
			i++
		}
	}
}

func (n *nearest[T]) up(i int) {
	h := n.heap
	for parent := (i - 1) / 2; i > 0 && h[i].compare(h[parent]) > 0; parent = (i - 1) / 2 {
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (n *nearest[T]) down() {
	h := n.heap
	for i := 0; ; {
		c := 2*i + 1
		if c+1 < len(h) && h[c+1].compare(h[c]) > 0 {
			c++
		}
		if c >= len(h) || h[c].compare(h[i]) < 0 {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}

// sorted is the candidates in order; the heap is one no more.
func (n *nearest[T]) sorted() []candidate[T] {
	slices.SortFunc(n.heap, candidate[T].compare)
	return n.heap
}
