package ops

import (
	"context"
	"errors"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// scanOnce finds out, when first asked, whether a device computes a kernels.Scan.
func scanOnce(dev device.Device) func() bool {
	return sync.OnceValue(func() bool {
		_, err := dev.Compile(kernels.NewScan(kernels.ScanSort, kernels.CombineInvalid, kernels.F32, 0))
		return !errors.Is(err, errors.ErrUnsupported)
	})
}

// needsSplit reports whether there are scans in the plan that a device does not have.
func (e *entry) needsSplit(u *unit) bool { return e.scans && !u.scans() }

// split is an evaluation for a device that has no scans. They run on the CPU device,
// and what lies before and after them on the device. That is no fallback: until a device
// has them, it is where they belong.
type split struct {
	engine   *Engine
	options  *Option
	replaced map[*expr.Node]*expr.Node // scans by their values
}

// evaluateSplit evaluates scan after scan, then the rest.
func (e *Engine) evaluateSplit(ctx context.Context, n *expr.Node, dst []byte, o *Option) (*unit, device.Buffer, error) {
	s := split{e, o, make(map[*expr.Node]*expr.Node)}
	scans := scansOf(n)
	steps := float64(len(scans) + 1)
	for i, scan := range scans {
		part := meter.Part(ctx, float64(i)/steps, float64(i+1)/steps)
		if scan == n {
			return s.scan(part, n, dst)
		}
		host := make([]byte, scan.Bytes())
		if _, _, err := s.scan(part, scan, host); err != nil {
			return nil, nil, err
		}
		s.replaced[scan] = expr.NewSource(scan.Type, newHostData(scan.Type, host), kernels.Contiguous(scan.Shape...))
	}
	return e.evaluate(meter.Part(ctx, 1-1/steps, 1), s.known(n), dst, o)
}

// known is an expression of the values of the scans in it.
func (s *split) known(n *expr.Node) *expr.Node {
	parts := new(expr.Parts)
	for scan, value := range s.replaced {
		parts.Replace(scan, value)
	}
	return parts.Whole(n)
}

// scan evaluates one: its arguments on the device, itself on the CPU.
func (s *split) scan(ctx context.Context, n *expr.Node, dst []byte) (*unit, device.Buffer, error) {
	scan := n.Copy()
	for i, a := range n.Args {
		if a == nil {
			break
		}
		var err error
		if scan.Args[i], err = s.argument(meter.Part(ctx, 0, 0.5), s.known(a)); err != nil {
			return nil, nil, err
		}
	}
	cpu, err := s.engine.cpu()
	if err != nil {
		return nil, nil, err
	}
	b, err := s.engine.bind(scan, s.options)
	if err != nil {
		return nil, nil, err
	}
	s.engine.evaluations.Add(1)
	buffer, err := b.evaluateOn(meter.Part(ctx, 0.5, 1), cpu, dst)
	return cpu, buffer, err
}

// argument is the value of an expression, computed on the device unless it exists.
func (s *split) argument(ctx context.Context, n *expr.Node) (*expr.Node, error) {
	base := n
	for base.Op.IsView() {
		base = base.Args[0]
	}
	if base.Op == expr.Source || base.Op == expr.Const {
		return n, nil
	}
	u, buffer, err := s.engine.evaluate(ctx, n, nil, s.options)
	if err != nil {
		return nil, err
	}
	return expr.NewSource(n.Type, newDeviceData(n.Type, u, buffer), kernels.Contiguous(n.Shape...)), nil
}

// scansOf lists the scans of an expression, arguments first.
func scansOf(n *expr.Node) []*expr.Node {
	var list []*expr.Node
	expr.Walk(n, func(s *expr.Node) {
		if s.Op.IsScan() {
			list = append(list, s)
		}
	})
	return list
}
