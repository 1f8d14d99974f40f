package queue

import "sync"

// Builds keeps what has been built, one thing a key.
type Builds[K comparable, V any] struct {
	mu    sync.Mutex
	built map[K]V
}

// Get returns what there is for the key, built now if there is nothing: once, while
// others who ask wait. What failed is tried again by the next call.
func (b *Builds[K, V]) Get(key K, build func() (V, error)) (V, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v, ok := b.built[key]; ok {
		return v, nil
	}
	v, err := build()
	if err != nil {
		return v, err
	}
	if b.built == nil {
		b.built = make(map[K]V)
	}
	b.built[key] = v
	return v, nil
}

// Take takes everything out, in no order.
func (b *Builds[K, V]) Take() []V {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]V, 0, len(b.built))
	for _, v := range b.built {
		list = append(list, v)
	}
	clear(b.built)
	return list
}
