package device

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// fakeDriver has the devices it is told to have; opening records how.
type fakeDriver struct {
	name  string
	infos []Info
	err   error
}

type fakeDevice struct {
	Device
	how string
}

func (d fakeDriver) Name() string           { return d.name }
func (d fakeDriver) Probe() ([]Info, error) { return d.infos, d.err }
func (d fakeDriver) Open(ordinal int) (Device, error) {
	if d.err != nil {
		return nil, d.err
	}
	if ordinal >= len(d.infos) {
		return nil, errors.New("no such ordinal")
	}
	return &fakeDevice{how: d.infos[ordinal].Name}, nil
}

// optionDriver understands options too.
type optionDriver struct{ fakeDriver }

func (d optionDriver) OpenOptions(options string) (Device, error) {
	return &fakeDevice{how: "options " + options}, nil
}

func info(driver string, ordinal int, name string) Info {
	return Info{Driver: driver, Ordinal: ordinal, Name: name, Reproducible: true}
}

func newRegistry(ds ...Driver) *registry {
	r := &registry{}
	for _, d := range ds {
		r.register(d)
	}
	return r
}

func testRegistry() *registry {
	return newRegistry(
		fakeDriver{name: "opencl", err: errors.New("libOpenCL.so.1: not found")},
		optionDriver{fakeDriver{name: "cpu", infos: []Info{info("cpu", 0, "Some CPU")}}},
		fakeDriver{name: "cuda", infos: []Info{info("cuda", 0, "GPU A"), info("cuda", 1, "GPU B")}},
	)
}

func TestParseSelector(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Selector
		bad  bool
	}{
		{in: "cpu", want: Selector{Driver: "cpu"}},
		{in: "cuda:0", want: Selector{Driver: "cuda"}},
		{in: " opencl:12 ", want: Selector{Driver: "opencl", Ordinal: 12}},
		{in: "cpu:avx2,7threads", want: Selector{Driver: "cpu", Options: "avx2,7threads"}},
		{in: "cpu:1thread", want: Selector{Driver: "cpu", Options: "1thread"}},
		{in: "", bad: true},
		{in: ":0", bad: true},
		{in: "cpu:", bad: true},
		{in: "CUDA:0", bad: true},
		{in: "cu da", bad: true},
		{in: "cuda:99999999999999999999", bad: true},
	} {
		got, err := ParseSelector(c.in)
		if (err != nil) != c.bad || got != c.want {
			t.Errorf("%q: %+v, %v, expected %+v", c.in, got, err, c.want)
		}
		if err == nil {
			if again, err := ParseSelector(got.String()); err != nil || again != got {
				t.Errorf("%q: written as %q, read back as %+v, %v", c.in, got, again, err)
			}
		} else if !strings.Contains(err.Error(), "device selector") {
			t.Errorf("%q: error %q", c.in, err)
		}
	}
}

func FuzzParseSelector(f *testing.F) {
	for _, s := range []string{"cpu", "cuda:0", "cpu:avx2,7threads", ":", "x:-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sel, err := ParseSelector(s)
		if err != nil {
			return
		}
		if again, err := ParseSelector(sel.String()); err != nil || again != sel {
			t.Errorf("%q: written as %q, read back as %+v, %v", s, sel, again, err)
		}
	})
}

func TestOpen(t *testing.T) {
	r := testRegistry()
	for _, c := range []struct {
		selector string
		how      string
		says     []string // in the error
	}{
		{selector: "cuda:1", how: "GPU B"},
		{selector: "cpu", how: "Some CPU"},
		{selector: "cpu:avx2", how: "options avx2"},
		{selector: "", how: "GPU A"},
		{selector: "metal", says: []string{`open device "metal": no driver "metal"`, "cpu (Some CPU)", "cuda:1 (GPU B)", "absent: opencl (libOpenCL.so.1: not found)"}},
		{selector: "opencl:0", says: []string{`open device "opencl:0": libOpenCL.so.1: not found`}},
		{selector: "cuda:2", says: []string{"no such ordinal", "cuda:0 (GPU A)"}},
		{selector: "cuda:fast", says: []string{`driver "cuda" takes a device number, not "fast"`}},
		{selector: "cuda:", says: []string{"nothing after the colon"}},
	} {
		t.Run(c.selector, func(t *testing.T) {
			dev, err := r.open(c.selector)
			if c.says == nil {
				if err != nil || dev.(*fakeDevice).how != c.how {
					t.Fatalf("opened %+v, %v, expected %q", dev, err, c.how)
				}
				return
			}
			for _, part := range c.says {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("error %v, expected %q in it", err, part)
				}
			}
		})
	}
}

func TestRegisterSortsAndReplaces(t *testing.T) {
	r := testRegistry()
	r.register(fakeDriver{name: "cuda", err: errors.New("gone")})
	var names []string
	for _, d := range r.list() {
		names = append(names, d.Name())
	}
	if !slices.Equal(names, []string{"cpu", "cuda", "opencl"}) {
		t.Errorf("drivers %v", names)
	}
	probes := r.probeAll()
	if probes[1].Err == nil || probes[1].Driver != "cuda" || len(probes[0].Infos) != 1 {
		t.Errorf("probes %+v", probes)
	}
}

func TestRank(t *testing.T) {
	cpu := info("cpu", 0, "cpu")
	small, large := info("cuda", 0, "small gpu"), info("cuda", 1, "large gpu")
	small.ComputeUnits, large.ComputeUnits = 10, 100
	ocl, other := info("opencl", 0, "gpu"), info("someday", 0, "npu")
	emulated, inexact := info("opencl", 1, "pocl"), info("opengl", 0, "no fma")
	emulated.Software, inexact.Reproducible = true, false
	got := Rank([]Info{emulated, inexact, cpu, other, ocl, small, large})
	want := []Info{large, small, ocl, other, cpu, inexact, emulated}
	for i := range want {
		if got[i].Name != want[i].Name {
			t.Errorf("place %d is %q, expected %q", i, got[i].Name, want[i].Name)
		}
	}
}

func TestBestNeedsARealDevice(t *testing.T) {
	emulated := info("opencl", 0, "pocl")
	emulated.Software = true
	r := newRegistry(fakeDriver{name: "opencl", infos: []Info{emulated}}, fakeDriver{name: "cuda", err: errors.New("no driver")})
	_, err := r.best()
	if err == nil || !strings.Contains(err.Error(), "devices: opencl:0 (pocl); absent: cuda (no driver)") {
		t.Errorf("error %v", err)
	}
	if _, err := r.open(""); err == nil {
		t.Error("an emulated device was chosen unasked")
	}
	if _, err := newRegistry().best(); err == nil || !strings.Contains(err.Error(), "there are no devices") {
		t.Errorf("error %v", err)
	}
}

func TestDefaultSelector(t *testing.T) {
	t.Setenv(EnvDevice, " cpu:1thread ")
	if got := DefaultSelector(); got != "cpu:1thread" {
		t.Errorf("default selector %q", got)
	}
	t.Setenv(EnvDevice, "")
	if got := DefaultSelector(); got != "" {
		t.Errorf("default selector %q", got)
	}
}

// detailDriver tells more when asked.
type detailDriver struct{ fakeDriver }

func (detailDriver) Details(ordinal int) []Detail {
	return []Detail{{Name: "number", Value: string(rune('0' + ordinal))}}
}

func TestSurvey(t *testing.T) {
	r := newRegistry(fakeDriver{name: "cpu", infos: []Info{info("cpu", 0, "Some CPU")}},
		detailDriver{fakeDriver{name: "cuda", infos: []Info{info("cuda", 0, "GPU A"), info("cuda", 1, "GPU B")}}})
	got := r.surveyAll()
	if len(got) != 2 || got[0].Infos[0].Details != nil || got[1].Infos[1].Details[0].Value != "1" {
		t.Errorf("survey %+v", got)
	}
	if more := r.probeAll()[1].Infos[0].Details; more != nil {
		t.Errorf("a probe tells %v", more)
	}
}
