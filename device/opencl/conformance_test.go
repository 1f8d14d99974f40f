package opencl

import (
	"testing"

	"github.com/quern-go/quern/device/devicetest"
)

func TestConformance(t *testing.T) {
	d := discoverOnce()
	if len(d.devices) == 0 {
		devicetest.Require(t, driverName, d.problems)
	}
	suite := devicetest.NewSuite()
	for i, f := range d.devices {
		t.Run(f.facts.name, func(t *testing.T) {
			dev, err := Open(i, Options{})
			if err != nil {
				t.Fatal(err)
			}
			suite.RunAll(t, dev)
			if left := d.api.leaked(); left != "" {
				t.Errorf("not released: %s", left)
			}
		})
	}
}
