package opencl

import (
	"os"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
)

// TestConformance runs the suite on every device. An emulated one takes a second to
// compile each kernel: unless everything is asked for, it gets the least effort, and
// the cancelling that this leaves out.
func TestConformance(t *testing.T) {
	d := machine(t)
	suite := devicetest.NewSuite()
	for i, f := range d.devices {
		t.Run(f.facts.name, func(t *testing.T) {
			own := fresh(t)
			dev, err := open(own, i, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !dev.info.Reproducible {
				t.Errorf("not reproducible: %s", dev.info.NotReproducible)
			}
			if f.facts.software() && os.Getenv("QUERN_LONG") != "1" {
				devicetest.Run(part{T: t, groups: map[string]string{"Cancel": ""}}, dev, devicetest.Normal)
				devicetest.Run(part{T: t}, dev, devicetest.Short)
			} else {
				suite.RunAll(t, dev)
			}
			if err := dev.Close(); err != nil { // again, unless -run left that out
				t.Error(err)
			}
			if left := own.api.leaked(); left != "" {
				t.Errorf("not released: %s", left)
			}
		})
	}
}
