package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/internal/evalexpr"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops"
)

// schemaVersion is the version of every JSON object that quern prints. It grows
// when a field changes its meaning or goes away.
const schemaVersion = 1

// number is a float64 in JSON: values that JSON cannot hold become strings, as
// NumPy's and Python's readers expect them.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	switch x := float64(n); {
	case math.IsNaN(x):
		return []byte(`"NaN"`), nil
	case math.IsInf(x, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(x, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(x)
	}
}

// resultReport is the JSON of a command that computes an array or a number.
type resultReport struct {
	SchemaVersion  int     `json:"schema_version"`
	Value          any     `json:"value,omitempty"`
	Output         *string `json:"output,omitempty"`
	Shape          []int   `json:"shape"`
	DType          string  `json:"dtype"`
	Device         string  `json:"device"`
	Precision      string  `json:"precision"` // exact, or less where --fast allows it and the device makes use of it
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	Explain        string  `json:"explain,omitempty"`
}

func (a *app) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode JSON: %w", err)
	}
	_, err = fmt.Fprintf(a.out, "%s\n", text)
	return err
}

// outcome is a computed result on its way to the user.
type outcome[E arrayfile.Element] struct {
	shape     []int
	data      []E
	dtype     string
	device    string
	precision ops.Precision
	elapsed   time.Duration
	plan      string
}

// deliver writes the result to a file if one is named, and prints it or a
// report of it.
func deliver[E arrayfile.Element](ctx context.Context, a *app, o outcome[E], path string) error {
	if path != "" {
		if err := arrayfile.Write(ctx, path, o.shape, o.data, arrayfile.WriteOptions{Stdout: a.out}); err != nil {
			return err
		}
		if path == "-" {
			return nil // standard output is the file
		}
	}
	return announce(a, o, path)
}

// announce prints the result, or where it was written.
func announce[E arrayfile.Element](a *app, o outcome[E], path string) error {
	if a.json {
		return a.printJSON(report(o, path))
	}
	var text bytes.Buffer
	if o.plan != "" {
		fmt.Fprintf(&text, "%s\n", o.plan)
	}
	if path != "" {
		fmt.Fprintf(&text, "wrote %s: %s, shape %v, on %s in %s%s\n", path, o.dtype, o.shape, o.device, showDuration(o.elapsed), inexact(o.precision))
	} else {
		writeArray(&text, o.shape, o.data)
	}
	_, err := a.out.Write(text.Bytes())
	return err
}

// inexact marks a result that is not the definition's.
func inexact(p ops.Precision) string {
	if p == kernels.Exact {
		return ""
	}
	return fmt.Sprintf(", products in %s", p)
}

// maxInline is the most elements that the JSON of a result holds itself.
const maxInline = 10000

func report[E arrayfile.Element](o outcome[E], path string) resultReport {
	r := resultReport{SchemaVersion: schemaVersion, Shape: o.shape, DType: o.dtype, Device: o.device, Precision: o.precision.String(),
		ElapsedSeconds: o.elapsed.Seconds(), Explain: o.plan}
	if r.Shape == nil {
		r.Shape = []int{}
	}
	switch {
	case path != "":
		r.Output = &path
	case len(o.shape) == 0:
		r.Value = jsonNumber(o.data[0])
	case len(o.data) <= maxInline:
		r.Value = nested(o.shape, o.data)
	}
	return r
}

// nested is the data as lists of lists, as NumPy's tolist gives them.
func nested[E arrayfile.Element](shape []int, data []E) any {
	if len(shape) == 0 {
		return jsonNumber(data[0])
	}
	out := make([]any, shape[0])
	for i := range out {
		step := len(data) / shape[0]
		out[i] = nested(shape[1:], data[i*step:(i+1)*step])
	}
	return out
}

// jsonNumber keeps integers integers and prints a float32 with the digits that a
// float32 has.
func jsonNumber[E arrayfile.Element](x E) any {
	switch v := any(x).(type) {
	case float32:
		if f := float64(v); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return v
		}
		return number(v)
	case float64:
		return number(v)
	default:
		return v
	}
}

// compute evaluates a value and packs the outcome. elapsed covers the
// evaluation alone.
func compute[T ops.Float](ctx context.Context, a *app, v evalexpr.Value[T], deliverTo string, opts []ops.Option, showPlan bool) error {
	if _, err := ops.DeviceName(opts...); err != nil {
		return err // also where the value takes no computing
	}
	if deliverTo != "" {
		if err := arrayfile.Check(ctx, deliverTo, shapeOf(v)); err != nil {
			return err
		}
	}
	plan, err := explain(v, opts)
	if err != nil {
		return err
	}
	text := ""
	if showPlan {
		text = plan.String()
	}
	bar := a.newProgress("evaluate")
	defer bar.clear()
	opts = slices.Concat(opts, bar.options(workOf(plan)))
	start := time.Now()
	if v.Kind == evalexpr.Ints {
		data, err := v.Ints.Ints(ctx, opts...)
		bar.clear()
		if err != nil {
			return err
		}
		return deliver(ctx, a, outcome[int]{shapeOf(v), data, "int64", plan.Device, plan.Precision, time.Since(start), text}, deliverTo)
	}
	data, err := v.Array.Data(ctx, opts...)
	bar.clear()
	if err != nil {
		return err
	}
	return deliver(ctx, a, outcome[T]{shapeOf(v), data, dtypeName[T](), plan.Device, plan.Precision, time.Since(start), text}, deliverTo)
}

// workOf is the operations of a plan or, if there are none to speak of, the bytes that it
// moves.
func workOf(p *ops.Plan) (amount float64, unit string) {
	flops, bytes := 0.0, 0.0
	for _, k := range p.Kernels {
		flops, bytes = flops+k.Flops, bytes+k.Bytes
	}
	if flops > 0 {
		return flops, "flop"
	}
	return bytes, "B"
}

func shapeOf[T ops.Float](v evalexpr.Value[T]) []int {
	if v.Kind == evalexpr.Ints {
		return v.Ints.Shape()
	}
	return v.Array.Shape()
}

// explain plans the evaluation of a value.
func explain[T ops.Float](v evalexpr.Value[T], opts []ops.Option) (*ops.Plan, error) {
	if v.Kind == evalexpr.Ints {
		return v.Ints.Explain(opts...)
	}
	return v.Array.Explain(opts...)
}

func dtypeName[T ops.Float]() string {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return "float32"
	}
	return "float64"
}
