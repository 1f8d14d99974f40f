package ptx

// SetLimits makes passes small: see limits.
func (m *Module) SetLimits(elements, chunkBytes int) { m.limits = limits{elements, chunkBytes} }
