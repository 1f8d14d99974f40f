package device

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// EnvDevice is the environment variable that holds the default selector.
const EnvDevice = "QUERN_DEVICE"

// DefaultSelector is the user's choice of device: QUERN_DEVICE, or "" for the
// best there is.
func DefaultSelector() string { return strings.TrimSpace(os.Getenv(EnvDevice)) }

// Selector names a device: a driver, and either the position among its devices
// or options that the driver itself understands.
type Selector struct {
	Driver  string
	Ordinal int
	Options string // "" if the selector gives a position or nothing
}

// ParseSelector reads "cpu", "cuda:0", "cpu:avx2,7threads".
func ParseSelector(s string) (Selector, error) {
	name, rest, colon := strings.Cut(strings.TrimSpace(s), ":")
	if !isName(name) {
		return Selector{}, fmt.Errorf("device selector %q: expected driver, driver:number or driver:options", s)
	}
	sel := Selector{Driver: name}
	switch {
	case !colon:
		return sel, nil
	case rest == "":
		return Selector{}, fmt.Errorf("device selector %q: nothing after the colon", s)
	case strings.Trim(rest, "0123456789") == "":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return Selector{}, fmt.Errorf("device selector %q: number: %w", s, err)
		}
		sel.Ordinal = n
		return sel, nil
	}
	sel.Options = rest
	return sel, nil
}

func isName(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

// String is the shortest text that ParseSelector reads back.
func (s Selector) String() string {
	switch {
	case s.Options != "":
		return s.Driver + ":" + s.Options
	case s.Ordinal != 0:
		return s.Driver + ":" + strconv.Itoa(s.Ordinal)
	}
	return s.Driver
}

// Open opens the device that a selector names; the empty one names Best. The
// error says which devices there are and why others are absent.
func Open(selector string) (Device, error) { return drivers.open(selector) }

func (r *registry) open(selector string) (Device, error) {
	if strings.TrimSpace(selector) == "" {
		best, err := r.best()
		if err != nil {
			return nil, err
		}
		selector = best.Selector()
	}
	sel, err := ParseSelector(selector)
	if err != nil {
		return nil, err
	}
	d, ok := r.find(sel.Driver)
	if !ok {
		return nil, fmt.Errorf("open device %q: no driver %q; %s", selector, sel.Driver, r.summary())
	}
	dev, err := openSelected(d, sel)
	if err != nil {
		return nil, fmt.Errorf("open device %q: %w; %s", selector, err, r.summary())
	}
	return dev, nil
}

func openSelected(d Driver, sel Selector) (Device, error) {
	if sel.Options == "" {
		return d.Open(sel.Ordinal)
	}
	od, ok := d.(OptionDriver)
	if !ok {
		return nil, fmt.Errorf("driver %q takes a device number, not %q", sel.Driver, sel.Options)
	}
	return od.OpenOptions(sel.Options)
}
