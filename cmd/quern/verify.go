package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/cpu"
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/devicetest"
)

func newVerify(a *app) *cobra.Command {
	var quick bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that the devices of this machine give the right bits",
		Long: `Run the conformance suite: every primitive, function, layout, reduction, product, scan and
random stream on a device, each compared bit by bit with the oracle, a plain Go definition of what
the result is; and the rules on streams, memory and errors. Without --device, or with
--device all, that is every device that opens, and the CPU at every SIMD level it has.
Emulated devices are slow: unless they are named, they get --quick.

The exit status is 1 if anything differs.`,
		Example: `  quern verify --quick
  quern verify --device cpu:avx2,1thread --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runVerify(cmd.Context(), a, quick) },
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "fewer sizes and values of each")
	return cmd
}

// candidate is a device to be verified, or what is there in its place.
type candidate struct {
	selector string
	effort   devicetest.Effort
	reason   string // why it is not verified
}

// verifyReport is the JSON of quern verify.
type verifyReport struct {
	SchemaVersion int           `json:"schema_version"`
	Passed        bool          `json:"passed"`
	Seconds       float64       `json:"elapsed_seconds"`
	Devices       []verdict     `json:"devices"`
	NotVerified   []notVerified `json:"not_verified"`
}

type notVerified struct {
	Device string `json:"device"`
	Reason string `json:"reason"`
}

func runVerify(ctx context.Context, a *app, quick bool) error {
	effort := devicetest.Normal
	if quick {
		effort = devicetest.Short
	}
	list := []candidate{{selector: a.device, effort: effort}}
	if a.device == "" || a.device == allDevices {
		list = candidates(effort)
	}
	begin := time.Now()
	report := &verifyReport{SchemaVersion: schemaVersion, Devices: []verdict{}, NotVerified: []notVerified{}}
	suite := devicetest.NewSuite()
	for i, c := range list {
		if err := report.verify(ctx, a, suite, c, i, len(list)); err != nil {
			return err
		}
	}
	report.Seconds = time.Since(begin).Seconds()
	err := report.judge()
	report.Passed = err == nil
	if a.json {
		return errors.Join(a.printJSON(report), err)
	}
	if err == nil {
		report.writeSum(a.out)
	}
	return err
}

// candidates are the devices of every driver, and the CPU at every level.
func candidates(effort devicetest.Effort) []candidate {
	var list []candidate
	for _, p := range device.ProbeAll() {
		if p.Err != nil {
			list = append(list, candidate{selector: p.Driver, reason: p.Err.Error()})
		}
		for _, info := range p.Infos {
			if info.Driver == "cpu" {
				for _, level := range cpu.Levels() {
					list = append(list, candidate{selector: "cpu:" + level, effort: effort})
				}
				continue
			}
			c := candidate{selector: info.Selector(), effort: effort}
			if info.Software {
				c.effort = devicetest.Short
			}
			if !info.Reproducible {
				c.reason = "it does not promise the same bits: " + info.NotReproducible
			}
			list = append(list, c)
		}
	}
	return list
}

// verify verifies one device, number i of n. An error is that of the whole command.
func (r *verifyReport) verify(ctx context.Context, a *app, suite *devicetest.Suite, c candidate, i, n int) error {
	if c.reason == "" {
		dev, err := device.Open(c.selector)
		switch {
		case err != nil && n == 1:
			return err
		case err != nil:
			c.reason = err.Error()
		default:
			v, err := runSuite(ctx, a, suite, c, dev, float64(i), float64(n))
			if err != nil {
				return err
			}
			r.Devices = append(r.Devices, *v)
			if !a.json {
				v.write(a.out)
			}
			return nil
		}
	}
	r.NotVerified = append(r.NotVerified, notVerified{c.selector, c.reason})
	if !a.json {
		fmt.Fprintf(a.out, "%s: not verified: %s\n\n", c.selector, oneLine(errors.New(c.reason)))
	}
	return nil
}

// judge is the error that the command ends with.
func (r *verifyReport) judge() error {
	var wrong []string
	for _, v := range r.Devices {
		if !v.Passed {
			wrong = append(wrong, v.Device)
		}
	}
	switch {
	case len(wrong) > 0:
		return fmt.Errorf("verify: %d of %d devices failed: %s", len(wrong), len(r.Devices), strings.Join(wrong, ", "))
	case len(r.Devices) == 0:
		return errors.New("verify: there is no device to verify; quern detect says why")
	}
	return nil
}
