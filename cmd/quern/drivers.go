package main

import (
	"fmt"
	"runtime"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/dl"
)

// driverReport is one driver in the output of detect.
type driverReport struct {
	Name    string        `json:"name"`
	Devices []device.Info `json:"devices"`
	// Reason says why there are no devices, or what is there that does not work;
	// null when all is well.
	Reason *string `json:"reason"`
}

// gpuLibraries are the libraries through which each GPU driver is reached.
var gpuLibraries = []struct {
	driver string
	names  map[string][]string // by GOOS; "" is any other Unix
}{
	{"opengl", map[string][]string{"": {"libEGL.so.1", "libEGL.so"}, "windows": {"opengl32.dll"}, "darwin": nil}},
}

// surveyDrivers lists every driver: the registered ones with what they found, and
// the GPU drivers that this binary does not contain with what the machine has.
func surveyDrivers() []driverReport {
	var out []driverReport
	registered := make(map[string]bool)
	for _, p := range device.SurveyAll() {
		registered[p.Driver] = true
		r := driverReport{Name: p.Driver, Devices: p.Infos}
		if len(p.Infos) == 0 {
			r.Devices = []device.Info{}
		}
		if p.Err != nil {
			reason := p.Err.Error()
			r.Reason = &reason
		}
		out = append(out, r)
	}
	for _, lib := range gpuLibraries {
		if !registered[lib.driver] {
			names, known := lib.names[runtime.GOOS]
			if !known {
				names = lib.names[""]
			}
			reason := libraryReason(lib.driver, names)
			out = append(out, driverReport{Name: lib.driver, Devices: []device.Info{}, Reason: &reason})
		}
	}
	return out
}

// libraryReason says why a driver that is not in the binary offers nothing:
// mostly because the machine has no library for it either.
func libraryReason(driver string, names []string) string {
	if len(names) == 0 {
		return fmt.Sprintf("there is no %s on %s", driver, runtime.GOOS)
	}
	library, err := dl.Open(names...)
	if err != nil {
		return err.Error()
	}
	reason := fmt.Sprintf("%s is installed, but this build of quern has no %s driver", library.Name, driver)
	if err := library.Close(); err != nil {
		reason += "; " + err.Error()
	}
	return reason
}
