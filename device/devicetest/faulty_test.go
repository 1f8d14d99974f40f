package devicetest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/quern-go/quern/device"
)

// TestFaultyDeviceIsTransparent: without a fault the wrapper changes nothing, and
// the suite leaves nothing open.
func TestFaultyDeviceIsTransparent(t *testing.T) {
	d := Faulty(newOracleDevice(), Fault{})
	log := &record{}
	for _, group := range []string{"Reduce/Layouts", "Streams", "Compile", "Memory", "Cancel", "Close"} {
		Run(&recorder{only: group, log: log}, d, Short)
	}
	if len(log.failures) > 0 {
		t.Errorf("failures: %q", log.failures)
	}
	if got := d.Counts(); got != (Counts{}) {
		t.Errorf("left open: %+v", got)
	}
	if err := d.Misuse(); err != nil {
		t.Error(err)
	}
	if d.Fired() {
		t.Error("a fault that was not asked for")
	}
}

// useAll makes one call of each kind, twice, and returns the errors by kind.
func useAll(t *testing.T, d *FaultyDevice) (errs [numCalls][2]error) {
	t.Helper()
	for round := range 2 {
		prog, err := d.Compile(stepKernel(testingT{t}))
		errs[CallCompile][round] = err
		buf, err := d.Alloc(8)
		errs[CallAlloc][round] = err
		stream, err := d.NewStream()
		errs[CallNewStream][round] = err
		if buf != nil {
			defer buf.Release()
		}
		if stream == nil {
			continue
		}
		defer stream.Close()
		if prog == nil || buf == nil { // only their own call is to fail
			continue
		}
		errs[CallUpload][round] = stream.Upload(buf, encode(1, 2))
		errs[CallLaunch][round] = stream.Launch(prog, contiguous(2, buf, buf))
		sequence, err := d.NewSequence(nil)
		errs[CallNewSequence][round] = err
		if sequence != nil {
			defer sequence.Close()
			errs[CallReplay][round] = sequence.Launch(stream, nil)
		}
		got := make([]byte, 8)
		errs[CallDownload][round] = stream.Download(got, buf)
		errs[CallSync][round] = stream.Sync(t.Context())
		if errs[CallDownload][round] == nil && errs[CallSync][round] != nil && !bytes.Equal(got, bytes.Repeat([]byte{0xa5}, 8)) {
			t.Errorf("a failed sync left %v, expected other bytes", got)
		}
	}
	return errs
}

func TestFaults(t *testing.T) {
	plain := errors.New("no reason")
	for _, call := range Calls() {
		for _, c := range []struct {
			name  string
			fault Fault
			want  [2]bool // which rounds fail
		}{
			{"first", Fault{Call: call, N: 1, Err: plain}, [2]bool{true, false}},
			{"second", Fault{Call: call, N: 2, Err: device.ErrOutOfMemory}, [2]bool{false, true}},
			{"third", Fault{Call: call, N: 3, Err: plain}, [2]bool{false, false}},
			{"always", Fault{Call: call, N: 1, Always: true, Err: errors.ErrUnsupported}, [2]bool{true, true}},
			{"lost", Fault{Call: call, N: 1, Err: device.ErrLost}, [2]bool{true, true}},
			{"late", Fault{Call: call, N: 1, Late: true, Err: plain}, [2]bool{true, false}},
			{"late and lost", Fault{Call: call, N: 1, Late: true, Err: device.ErrLost}, [2]bool{true, true}},
		} {
			t.Run(call.String()+" "+c.name, func(t *testing.T) {
				d := Faulty(newOracleDevice(), c.fault)
				errs := useAll(t, d)
				at := call
				if c.fault.Late && call.late() {
					at = CallSync
				}
				for round, want := range c.want {
					if err := errs[at][round]; (err != nil) != want && d.lost == nil || want && round == 0 && !errors.Is(err, c.fault.Err) {
						t.Errorf("round %d: error %v, expected one: %v", round, err, want)
					}
				}
				if strings.HasSuffix(c.name, "lost") {
					if _, err := d.Alloc(8); !errors.Is(err, device.ErrLost) {
						t.Errorf("alloc after the loss: %v", err)
					}
				}
				if d.Fired() != (c.name != "third") {
					t.Errorf("fired: %v", d.Fired())
				}
				if got := d.Counts(); got != (Counts{}) {
					t.Errorf("left open: %+v", got)
				}
				if err := d.Misuse(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestCounts(t *testing.T) {
	d := Faulty(newOracleDevice(), Fault{})
	buf, _ := d.Alloc(8)
	stream, _ := d.NewStream()
	if err := stream.Upload(buf, encode(1, 2)); err != nil {
		t.Fatal(err)
	}
	if got := d.Counts(); got != (Counts{Streams: 1, Buffers: 1, Queued: 1}) {
		t.Errorf("%+v, expected one of each", got)
	}
	_ = stream.Close()
	buf.Release()
	if got := d.Counts(); got != (Counts{}) {
		t.Errorf("%+v, expected none", got)
	}
}

func TestMisuse(t *testing.T) {
	for name, misuse := range map[string]func(d *FaultyDevice, s device.Stream, b device.Buffer) error{
		"released buffer": func(_ *FaultyDevice, s device.Stream, b device.Buffer) error {
			b.Release()
			return s.Download(make([]byte, 8), b)
		},
		"closed stream": func(_ *FaultyDevice, s device.Stream, b device.Buffer) error {
			_ = s.Close()
			return s.Upload(b, make([]byte, 8))
		},
		"another device's buffer": func(_ *FaultyDevice, s device.Stream, _ device.Buffer) error {
			b, _ := Faulty(newOracleDevice(), Fault{}).Alloc(8)
			return s.Upload(b, make([]byte, 8))
		},
		"another device's program": func(_ *FaultyDevice, s device.Stream, b device.Buffer) error {
			p, _ := Faulty(newOracleDevice(), Fault{}).Compile(stepKernel(testingT{t}))
			return s.Launch(p, contiguous(2, b, b))
		},
		"a sequence of another device's program": func(d *FaultyDevice, _ device.Stream, _ device.Buffer) error {
			p, _ := Faulty(newOracleDevice(), Fault{}).Compile(stepKernel(testingT{t}))
			_, err := d.NewSequence([]device.Program{p})
			return err
		},
		"a closed sequence": func(d *FaultyDevice, s device.Stream, _ device.Buffer) error {
			q, err := d.NewSequence(nil)
			if err != nil {
				t.Error(err)
			}
			_ = q.Close()
			return q.Launch(s, nil)
		},
	} {
		d := Faulty(newOracleDevice(), Fault{})
		buf, _ := d.Alloc(8)
		stream, _ := d.NewStream()
		if err := misuse(d, stream, buf); err == nil || d.Misuse() == nil {
			t.Errorf("%s: error %v, recorded %v", name, err, d.Misuse())
		}
	}
}
