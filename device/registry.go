package device

import (
	"slices"
	"strings"
	"sync"
)

// registry is a set of drivers by name.
type registry struct {
	mu      sync.RWMutex
	drivers map[string]Driver
}

// drivers is what the init functions of driver packages have registered: the
// only global mutable state of the program.
var drivers registry

// Register makes a driver known; driver packages call it from init. A later
// driver of the same name takes the place of the earlier.
func Register(d Driver) { drivers.register(d) }

// Drivers lists the registered drivers by name.
func Drivers() []Driver { return drivers.list() }

func (r *registry) register(d Driver) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.drivers == nil {
		r.drivers = make(map[string]Driver)
	}
	r.drivers[d.Name()] = d
}

func (r *registry) list() []Driver {
	r.mu.RLock()
	defer r.mu.RUnlock()
	ds := make([]Driver, 0, len(r.drivers))
	for _, d := range r.drivers {
		ds = append(ds, d)
	}
	slices.SortFunc(ds, func(a, b Driver) int { return strings.Compare(a.Name(), b.Name()) })
	return ds
}

func (r *registry) find(name string) (Driver, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	d, ok := r.drivers[name]
	return d, ok
}
