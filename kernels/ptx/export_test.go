package ptx

// SetLimits makes passes small: see limits.
func (m *Module) SetLimits(elements, chunkBytes int) {
	m.limits.elements, m.limits.chunkBytes = elements, chunkBytes
}

// LargeTiles takes the largest tiles however few there are.
func (m *Module) LargeTiles() { m.limits.fewTiles = 0 }
