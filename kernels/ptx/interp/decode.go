package interp

import (
	"fmt"
	"strconv"
	"strings"
)

// decode reads one instruction without its semicolon.
func (p *parser) decode(s string) (inst, error) {
	in := inst{guard: -1, dst: -1, a: -1, b: -1, c: -1, target: -1}
	if strings.HasPrefix(s, "@") {
		guard, rest, _ := strings.Cut(s[1:], " ")
		in.negate = strings.HasPrefix(guard, "!")
		at, err := p.f.operand(strings.TrimPrefix(guard, "!"), p.symbols)
		if err != nil {
			return in, err
		}
		in.guard, s = at, rest
	}
	name, rest, _ := strings.Cut(s, " ")
	parts := strings.Split(name, ".")
	args := splitOperands(rest)
	switch parts[0] {
	case "bra", "call":
		return in, p.decodeJump(&in, parts[0], args)
	case "ret":
		in.op = opRet
		return in, nil
	case "bar":
		in.op = opBar
		return in, nil
	case "ld", "st":
		return in, p.decodeMemory(&in, parts, args)
	case "cp":
		return in, p.decodeAsync(&in, name, args)
	case "mma":
		return in, p.decodeMatrix(&in, name, args)
	}
	if err := in.decodeName(name, parts); err != nil {
		return in, err
	}
	return in, p.decodeOperands(&in, args)
}

// splitOperands splits at the commas outside of braces and parentheses.
func splitOperands(s string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range s {
		switch r {
		case '{', '(':
			depth++
		case '}', ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[start:i]))
				start = i + 1
			}
		}
	}
	if strings.TrimSpace(s) != "" {
		out = append(out, strings.TrimSpace(s[start:]))
	}
	return out
}

// plain are the instructions that are known by their first part.
var plain = map[string]opcode{
	"mov": opMov, "add": opAdd, "sub": opSub, "fma": opFMA, "div": opDiv, "rem": opRem, "sqrt": opSqrt, "neg": opNeg, "abs": opAbs,
	"and": opAnd, "or": opOr, "xor": opXor, "not": opNot, "shl": opShl, "shr": opShr, "selp": opSelp,
}

// decodeName reads an arithmetic instruction's name.
func (in *inst) decodeName(name string, parts []string) error {
	last := parts[len(parts)-1]
	in.t = kinds[last]
	middle := strings.Join(parts[1:len(parts)-1], ".")
	var ok bool
	if in.op, ok = plain[parts[0]]; ok {
		rounded := in.t == f32 || in.t == f64
		switch parts[0] {
		case "add", "sub", "fma", "div", "sqrt":
			ok = rounded == (middle == "rn") && (rounded || middle == "")
		default:
			ok = middle == ""
		}
		if !ok || in.t == noKind {
			return fmt.Errorf("instruction %s: rounding or type", name)
		}
		return nil
	}
	switch parts[0] + "." + middle {
	case "mul.rn", "mul.lo":
		in.op = opMul
	case "mul.hi":
		in.op = opMulHi
	case "mul.wide":
		in.op = opMulWide
	case "mad.lo":
		in.op = opMad
	case "mad.wide":
		in.op = opMadWide
	case "min.":
		in.op = opMin
	case "max.":
		in.op = opMax
	case "min.NaN":
		in.op = opMinNaN
	case "max.NaN":
		in.op = opMaxNaN
	case "cvta.to.global":
		in.op = opMov
	case "shfl.sync.down":
		in.op = opShfl
	default:
		return in.decodeOther(name, parts)
	}
	if float := in.t == f32 || in.t == f64; in.op == opMul && float != (middle == "rn") || in.t == noKind {
		return fmt.Errorf("instruction %s: rounding or type", name)
	}
	return nil
}

// decodeOther reads setp and cvt.
func (in *inst) decodeOther(name string, parts []string) error {
	if parts[0] == "setp" && len(parts) == 3 {
		rel, ok := relations[parts[1]]
		in.op, in.rel = opSetp, rel
		if ok {
			return nil
		}
	}
	switch name {
	case "cvt.rna.tf32.f32":
		in.op, in.t = opRoundTF32, b32
		return nil
	case "cvt.rn.bf16x2.f32":
		in.op, in.t = opRoundBF16, b32
		return nil
	}
	if parts[0] == "cvt" && len(parts) >= 3 {
		in.from = in.t
		in.t = kinds[parts[len(parts)-2]]
		floatTo := in.t == f32 || in.t == f64
		floatFrom := in.from == f32 || in.from == f64
		rounding := strings.Join(parts[1:len(parts)-2], ".")
		switch {
		case rounding == "rni" && floatTo && in.t == in.from:
			in.op = opRint
		case rounding == "rmi" && floatTo && in.t == in.from:
			in.op = opFloor
		case rounding == "rzi" && floatFrom && !floatTo,
			rounding == "rn" && floatTo && (!floatFrom || in.t == f32 && in.from == f64),
			rounding == "" && in.t == f64 && in.from == f32,
			rounding == "" && !floatTo && !floatFrom:
			in.op = opCvt
		}
		if in.op != opInvalid && in.t != noKind && in.from != noKind {
			return nil
		}
	}
	return fmt.Errorf("unknown instruction %s", name)
}

// decodeOperands reads the result and the sources.
func (p *parser) decodeOperands(in *inst, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("%d operands", len(args))
	}
	if strings.HasPrefix(args[0], "{") {
		in.op = opUnpack
		if err := p.decodeHalves(in, args[0]); err != nil {
			return err
		}
	} else {
		dst, ok := p.f.slots[args[0]]
		if !ok {
			return fmt.Errorf("result %s is no register", args[0])
		}
		in.dst = dst
	}
	if strings.HasPrefix(args[1], "{") {
		in.op = opPack
		return p.decodeHalves(in, args[1])
	}
	if special, ok := specials[args[1]]; ok {
		in.op, in.a = opSpecial, special
		return nil
	}
	for i, place := range []*int32{&in.a, &in.b, &in.c} {
		if i+1 < len(args) {
			at, err := p.f.operand(args[i+1], p.symbols)
			if err != nil {
				return err
			}
			*place = at
		}
	}
	return nil
}

// decodeHalves reads {low, high}.
func (p *parser) decodeHalves(in *inst, s string) error {
	for _, a := range strings.Split(strings.Trim(s, "{}"), ",") {
		at, err := p.f.operand(strings.TrimSpace(a), nil)
		if err != nil {
			return err
		}
		in.list = append(in.list, at)
	}
	if in.t != b64 || len(in.list) != 2 {
		return fmt.Errorf("two halves of a b64 expected")
	}
	return nil
}

var specials = map[string]int32{"%tid.x": 0, "%ctaid.x": 1}

// operand is the place in the frame of a register, constant or symbol.
func (f *function) operand(s string, symbols map[string]uint64) (int32, error) {
	if at, ok := f.slots[s]; ok {
		return at, nil
	}
	if at, ok := f.symbols[s]; ok {
		return f.constant(at), nil
	}
	if at, ok := symbols[s]; ok {
		return f.constant(at), nil
	}
	if strings.HasPrefix(s, "0f") || strings.HasPrefix(s, "0d") {
		v, err := strconv.ParseUint(s[2:], 16, 64)
		return f.constant(v), err
	}
	if v, err := strconv.ParseInt(s, 0, 64); err == nil {
		return f.constant(uint64(v)), nil
	}
	v, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return 0, fmt.Errorf("unknown operand %s", s)
	}
	return f.constant(v), nil
}

func (f *function) constant(v uint64) int32 {
	at, ok := f.constants[v]
	if !ok {
		at = int32(len(f.frame))
		f.frame = append(f.frame, v)
		f.constants[v] = at
	}
	return at
}

// decodeJump reads "bra label" and "call (result), name, (args)".
func (p *parser) decodeJump(in *inst, name string, args []string) error {
	j := jump{f: p.f, at: len(p.f.code)}
	if name == "bra" {
		in.op, j.name = opBra, args[0]
	} else {
		if len(args) != 3 {
			return fmt.Errorf("call with %d parts", len(args))
		}
		in.op, j.name = opCall, args[1]
		var ok bool
		if in.dst, ok = p.f.slots[strings.Trim(args[0], "()")]; !ok {
			return fmt.Errorf("result %s", args[0])
		}
		for _, a := range strings.Split(strings.Trim(args[2], "()"), ",") {
			at, err := p.f.operand(strings.TrimSpace(a), nil)
			if err != nil {
				return err
			}
			in.list = append(in.list, at)
		}
	}
	p.jumps = append(p.jumps, j)
	return nil
}

// decodeMemory reads ld and st: space, vector length and type are in the name.
func (p *parser) decodeMemory(in *inst, parts, args []string) error {
	k := kinds[parts[len(parts)-1]]
	if len(args) != 2 || k == noKind {
		return fmt.Errorf("two operands and a type expected")
	}
	if len(parts) == 4 && parts[0] == "ld" && parts[2] == "nc" { // of what is not written: no other result
		parts = []string{parts[0], parts[1], parts[3]}
	}
	in.size, in.t = k.size(), k
	address, value := args[1], args[0]
	if parts[0] == "st" {
		address, value = args[0], args[1]
	}
	for _, v := range strings.Split(strings.Trim(value, "{}"), ",") {
		at, err := p.f.operand(strings.TrimSpace(v), nil)
		if err != nil {
			return err
		}
		in.list = append(in.list, at)
	}
	width := 1
	if len(parts) == 4 {
		width, _ = strconv.Atoi(strings.TrimPrefix(parts[2], "v"))
	}
	if width != len(in.list) {
		return fmt.Errorf("%d elements for %s", len(in.list), strings.Join(parts, "."))
	}
	var ok bool
	in.op, ok = map[string]opcode{
		"ld.param": opLoadParam, "ld.global": opLoadGlobal, "st.global": opStoreGlobal, "ld.shared": opLoadShared, "st.shared": opStoreShared,
	}[parts[0]+"."+parts[1]]
	if !ok {
		return fmt.Errorf("unknown access")
	}
	return p.decodeAddress(in, address)
}

// decodeAddress reads [base+offset].
func (p *parser) decodeAddress(in *inst, s string) error {
	base, offset, has := strings.Cut(strings.Trim(s, "[]"), "+")
	if has {
		var err error
		if in.offset, err = strconv.ParseInt(offset, 0, 64); err != nil {
			return err
		}
	}
	if in.op == opLoadParam {
		for i, q := range p.f.params {
			if q.name == base {
				in.a = int32(i)
				return nil
			}
		}
		return fmt.Errorf("unknown parameter %s", base)
	}
	var err error
	in.a, err = p.f.operand(base, p.symbols)
	return err
}

// decodeAsync reads "cp.async.ca.shared.global [to], [from], size, bytes" and its
// company.
func (p *parser) decodeAsync(in *inst, name string, args []string) error {
	switch name {
	case "cp.async.commit_group":
		in.op = opCommit
		return nil
	case "cp.async.wait_group":
		in.op = opWait
		n, err := strconv.Atoi(args[0])
		in.offset = int64(n)
		return err
	case "cp.async.ca.shared.global", "cp.async.cg.shared.global":
	default:
		return fmt.Errorf("unknown instruction")
	}
	if len(args) < 3 {
		return fmt.Errorf("%d operands", len(args))
	}
	in.op = opCopyAsync
	size, err := strconv.Atoi(args[2])
	if err != nil || size != 16 && (size != 4 && size != 8 || name == "cp.async.cg.shared.global") {
		return fmt.Errorf("size %s", args[2])
	}
	in.size = int8(size)
	if err = p.decodeAddress(in, args[0]); err != nil {
		return err
	}
	if in.b, err = p.f.operand(strings.Trim(args[1], "[]"), p.symbols); err != nil {
		return err
	}
	in.c = p.f.constant(uint64(size))
	if len(args) == 4 {
		in.c, err = p.f.operand(args[3], nil)
	}
	return err
}
