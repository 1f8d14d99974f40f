package kernels

import "fmt"

// ScanKind is what a Scan finds of the values along its axis.
type ScanKind uint8

// The kinds, and the output of each.
const (
	ScanInvalid   ScanKind = iota
	ScanPrefix             // element i is the combination of values 0 … i
	ScanSort               // the values in ascending order
	ScanArgSort            // I64: the positions of the values in ascending order
	ScanSelect             // element i is the value of the rank that parameter i gives
	ScanHistogram          // I64: how many values lie in each bin
	numScanKinds
)

var scanNames = [numScanKinds]string{"invalid", "prefix", "sort", "argsort", "select", "histogram"}

// String returns the name used in the text form.
func (k ScanKind) String() string {
	if k < numScanKinds {
		return scanNames[k]
	}
	return "scan(?)"
}

// ScanBlock is the number of values in a block of the canonical order of prefixes.
const ScanBlock = 64

// Scan works along the last axis of the index space, n values, for each point of
// the other axes. Input 0 is the values, of type F32 or F64. The only output has
// strides over the other axes and one along which its elements follow each other: n,
// for a ScanSelect the number of parameters, for a ScanHistogram the number of bins.
//
//   - ScanPrefix: values are cut in blocks of ScanBlock. Within a block they are
//     combined in order. The last of each block are prefixed by the same rule, and
//     what stands before a block there is combined with its elements, from the left.
//   - ScanSort: −0 is below +0, and NaNs are above everything.
//   - ScanArgSort: −0 equals +0, NaNs are equal to each other and above everything,
//     and of equals the first comes first.
//   - ScanSelect: in the order of ScanSort. The parameters are I64, each at least 0
//     and below n. If a value is NaN, so is every element of the output.
//   - ScanHistogram: the only parameter, an I64, is the number of bins. Input 1 is
//     their edges, one more, in ascending order: a flat array from its offset on, as
//     OpGather reads one. Value x is in bin i if edge i ≤ x < edge i+1, and in the last
//     also if it equals the last edge. (Whatever the edges are: x is in no bin unless
//     first edge ≤ x ≤ last edge; of the range of bins in which it is, the half is
//     kept that begins at the middle edge, at (first+last)/2 rounded down, if that
//     edge ≤ x, else the other, until one bin is left.)
type Scan struct {
	Signature
	Kind    ScanKind
	Combine Combine // of a ScanPrefix: CombineAdd or CombineMul
}

// NewScan is a Scan of values of type t; ranks is the number of ranks that a
// ScanSelect finds.
func NewScan(kind ScanKind, combine Combine, t DType, ranks int) *Scan {
	s := &Scan{Kind: kind, Combine: combine}
	s.Ins = []DType{t}
	switch kind {
	case ScanSelect:
		for range ranks {
			s.Params = append(s.Params, I64)
		}
	case ScanHistogram:
		s.Ins, s.Params = append(s.Ins, t), []DType{I64}
	}
	return s
}

// Key identifies the kernel.
func (s *Scan) Key() string { return keyOf(s) }

// Outs is the element type of the output.
func (s *Scan) Outs() []DType {
	if s.Kind == ScanArgSort || s.Kind == ScanHistogram {
		return []DType{I64}
	}
	return s.Ins[:1]
}

// String is the text form.
func (s *Scan) String() string {
	name := s.Kind.String()
	if s.Kind == ScanPrefix {
		name += " " + s.Combine.String()
	}
	return fmt.Sprintf("scan %s %s\n", name, s.Signature.String())
}

// Validate checks the kernel.
func (s *Scan) Validate() error {
	if s.Kind == ScanInvalid || s.Kind >= numScanKinds {
		return fmt.Errorf("kernels: scan: unknown kind %s", s.Kind)
	}
	if len(s.Ins) == 0 || !s.Ins[0].IsFloat() {
		return fmt.Errorf("kernels: scan %s: inputs %v, expected f32 or f64", s.Kind, s.Ins)
	}
	prefix := s.Combine == CombineAdd || s.Combine == CombineMul
	if (s.Kind == ScanPrefix) != prefix {
		return fmt.Errorf("kernels: scan %s: combine %s", s.Kind, s.Combine)
	}
	want := NewScan(s.Kind, s.Combine, s.Ins[0], len(s.Params))
	if s.String() != want.String() || s.Kind == ScanSelect && len(s.Params) == 0 {
		return fmt.Errorf("kernels: scan %s: %s, expected %s", s.Kind, s.Signature.String(), want.Signature.String())
	}
	return nil
}
