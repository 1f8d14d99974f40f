package interp

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// globalBase is where constant arrays lie.
const globalBase uint64 = 0x7f00_0000_0000

// Parse reads a text of package ptx: one statement a line.
func Parse(text string) (*Program, error) {
	p := &parser{Program: &Program{
		entries: make(map[string]*function), funcs: make(map[string]*function), symbols: make(map[string]uint64),
	}}
	for n, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "//")
		if err := p.line(n+1, strings.TrimSpace(line)); err != nil {
			return nil, fmt.Errorf("ptx line %d: %q: %w", n+1, strings.TrimSpace(line), err)
		}
	}
	if p.f != nil || p.head != "" {
		return nil, fmt.Errorf("ptx: the text ends inside of a function")
	}
	return p.Program, p.link()
}

// dynamicShared declares shared memory of which a launch says how much there is. It is
// all that there is.
const dynamicShared = ".extern .shared .align 16 .b8 "

type parser struct {
	*Program
	head  string // of an entry or function, as far as it has been read
	f     *function
	jumps []jump
}

// jump is a branch or call whose target may come later in the text.
type jump struct {
	f    *function
	at   int
	name string
}

func (p *parser) line(n int, s string) error {
	switch {
	case s == "":
		return nil
	case p.f != nil:
		return p.statement(n, s)
	case p.head != "" || strings.HasPrefix(s, ".visible .entry") || strings.HasPrefix(s, ".func"):
		if s == "{" {
			head := p.head
			p.head = ""
			return p.begin(head)
		}
		p.head += " " + s
		return nil
	case strings.HasPrefix(s, ".version "):
		return p.version(s)
	case strings.HasPrefix(s, ".target sm_"):
		var err error
		p.SM, err = strconv.Atoi(strings.TrimPrefix(s, ".target sm_"))
		return err
	case s == ".address_size 64":
		return nil
	case strings.HasPrefix(s, ".global "):
		return p.global(s)
	case strings.HasPrefix(s, dynamicShared) && strings.HasSuffix(s, "[];"):
		p.dynamic = true
		p.symbols[strings.TrimSuffix(strings.TrimPrefix(s, dynamicShared), "[];")] = 0
		return nil
	}
	return fmt.Errorf("unknown statement")
}

func (p *parser) version(s string) error {
	major, minor, ok := strings.Cut(strings.TrimPrefix(s, ".version "), ".")
	a, err1 := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	if !ok || err1 != nil || err2 != nil {
		return fmt.Errorf("version expected")
	}
	p.Version = 10*a + b
	return nil
}

// global reads ".global .align 8 .b32 name[n] = {1, 2};".
func (p *parser) global(s string) error {
	decl, list, ok := strings.Cut(strings.TrimSuffix(s, "};"), "= {")
	words := strings.Fields(decl)
	if !ok || len(words) != 5 {
		return fmt.Errorf("constant array expected")
	}
	k := kinds[strings.TrimPrefix(words[3], ".")]
	name, count, _ := strings.Cut(strings.TrimSuffix(words[4], "]"), "[")
	var bytes []byte
	for _, e := range strings.Split(list, ",") {
		v, err := strconv.ParseUint(strings.TrimSpace(e), 0, 64)
		if err != nil {
			return err
		}
		if k.size() == 4 {
			bytes = binary.LittleEndian.AppendUint32(bytes, uint32(v))
		} else {
			bytes = binary.LittleEndian.AppendUint64(bytes, v)
		}
	}
	if n, err := strconv.Atoi(count); err != nil || n*int(k.size()) != len(bytes) {
		return fmt.Errorf("%d bytes given for %s elements", len(bytes), count)
	}
	addr := globalBase + 0x10000*uint64(len(p.symbols))
	p.symbols[name] = addr
	p.globals.Map(addr, bytes)
	return nil
}

// begin reads the head of an entry point or a function.
func (p *parser) begin(head string) error {
	f := &function{
		symbols: make(map[string]uint64), slots: make(map[string]int32), labels: make(map[string]int32),
		constants: make(map[uint64]int32),
	}
	p.f = f
	if strings.HasPrefix(head, " .func") {
		return p.beginFunc(f, head)
	}
	name, rest, ok := strings.Cut(strings.TrimPrefix(head, " .visible .entry "), "(")
	list, tail, ok2 := strings.Cut(rest, ")")
	if !ok || !ok2 {
		return fmt.Errorf("parameters expected in %q", head)
	}
	f.name = name
	p.entries[name] = f
	for _, decl := range strings.Split(list, ",") {
		words := strings.Fields(decl)
		switch {
		case len(words) == 3 && words[1] == ".u64":
			f.params = append(f.params, param{words[2], 8})
		case len(words) == 5 && words[3] == ".b8":
			name, n, _ := strings.Cut(strings.TrimSuffix(words[4], "]"), "[")
			size, err := strconv.Atoi(n)
			if err != nil {
				return err
			}
			f.params = append(f.params, param{name, size})
		default:
			return fmt.Errorf("parameter %q", decl)
		}
	}
	words := strings.Fields(tail)
	if len(words) != 4 && (len(words) != 6 || words[4] != ".minnctapersm") || words[0] != ".reqntid" {
		return fmt.Errorf(".reqntid expected")
	}
	var err error
	f.groupSize, err = strconv.Atoi(strings.TrimSuffix(words[1], ","))
	return err
}

// beginFunc reads ".func (.reg .f32 %result) name(.reg .f32 %a0, …)".
func (p *parser) beginFunc(f *function, head string) error {
	parts := strings.FieldsFunc(strings.TrimPrefix(head, " .func"), func(r rune) bool { return r == '(' || r == ')' })
	if len(parts) != 4 {
		return fmt.Errorf("function expected in %q", head)
	}
	f.name = strings.TrimSpace(parts[2])
	p.funcs[f.name] = f
	declare := func(decl string) (int32, error) {
		words := strings.Fields(decl)
		if len(words) != 3 || words[0] != ".reg" {
			return 0, fmt.Errorf("parameter %q", decl)
		}
		return f.slot(words[2]), nil
	}
	var err error
	if f.result, err = declare(parts[1]); err != nil {
		return err
	}
	for _, decl := range strings.Split(parts[3], ",") {
		at, err := declare(decl)
		if err != nil {
			return err
		}
		f.args = append(f.args, at)
	}
	return nil
}

// garbage is what registers hold at first.
const garbage = 0x7ff5_a5a5_7fa5_a5a5

// slot declares a register.
func (f *function) slot(name string) int32 {
	at := int32(len(f.frame))
	f.frame = append(f.frame, garbage)
	f.slots[name] = at
	return at
}

// statement is one line inside of a function.
func (p *parser) statement(n int, s string) error {
	f := p.f
	switch {
	case s == "}":
		p.f = nil
		return nil
	case strings.HasSuffix(s, ":"):
		f.labels[strings.TrimSuffix(s, ":")] = int32(len(f.code))
		return nil
	case !strings.HasSuffix(s, ";"):
		return fmt.Errorf("semicolon expected")
	}
	s = strings.TrimSuffix(s, ";")
	switch {
	case strings.HasPrefix(s, ".reg "):
		words := strings.Fields(s)
		prefix, count, _ := strings.Cut(strings.TrimSuffix(words[2], ">"), "<")
		m, err := strconv.Atoi(count)
		if err != nil {
			return err
		}
		for i := range m {
			f.slot(prefix + strconv.Itoa(i))
		}
		return nil
	case strings.HasPrefix(s, ".shared "):
		if p.dynamic {
			return fmt.Errorf("beside shared memory that the launch gives")
		}
		words := strings.Fields(s) // .shared .align 16 .b32 name[n]
		k := kinds[strings.TrimPrefix(words[3], ".")]
		name, count, _ := strings.Cut(strings.TrimSuffix(words[4], "]"), "[")
		m, err := strconv.Atoi(count)
		if err != nil {
			return err
		}
		f.shared = (f.shared + 15) / 16 * 16
		f.symbols[name] = uint64(f.shared)
		f.shared += m * int(k.size())
		return nil
	}
	in, err := p.decode(s)
	in.line = n
	in.quicken()
	f.code = append(f.code, in)
	return err
}

// link fills in the targets of calls and branches.
func (p *parser) link() error {
	for _, c := range p.jumps {
		in := &c.f.code[c.at]
		if in.op == opBra {
			target, ok := c.f.labels[c.name]
			if !ok {
				return fmt.Errorf("ptx: function %s: no label %s", c.f.name, c.name)
			}
			in.target = target
			continue
		}
		if in.callee = p.funcs[c.name]; in.callee == nil {
			return fmt.Errorf("ptx: function %s: call of unknown %s", c.f.name, c.name)
		}
	}
	return nil
}
