package arrayfile

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// structured is the text of a list in the place of a dtype: a record type.
type structured string

// dictParser reads the subset of Python literals that occur in .npy headers.
type dictParser struct {
	s string
	i int
}

// parseDict reads a dictionary whose keys are strings and whose values are strings, booleans,
// tuples of integers ([]int) or lists (structured).
func parseDict(s string) (map[string]any, error) {
	p := &dictParser{s: s}
	if !p.accept('{') {
		return nil, p.expected("'{'")
	}
	dict := map[string]any{}
	for !p.accept('}') {
		key, err := p.str()
		if err != nil {
			return nil, err
		}
		if _, twice := dict[key]; twice {
			return nil, fmt.Errorf("key %s occurs twice", excerpt(key))
		}
		if !p.accept(':') {
			return nil, p.expected("':'")
		}
		if dict[key], err = p.value(); err != nil {
			return nil, err
		}
		if !p.accept(',') && p.peek() != '}' {
			return nil, p.expected("',' or '}'")
		}
	}
	if p.peek() != 0 || p.i < len(p.s) {
		return nil, p.expected("nothing more")
	}
	return dict, nil
}

// peek is the next byte that is not blank, or 0 at the end.
func (p *dictParser) peek() byte {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
	if p.i == len(p.s) {
		return 0
	}
	return p.s[p.i]
}

func (p *dictParser) accept(c byte) bool {
	if p.peek() != c || p.i == len(p.s) {
		return false
	}
	p.i++
	return true
}

func (p *dictParser) expected(what string) error {
	if p.i >= len(p.s) {
		return fmt.Errorf("expected %s at its end", what)
	}
	return fmt.Errorf("expected %s at byte %d, found %q", what, p.i, p.s[p.i])
}

func (p *dictParser) value() (any, error) {
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		return p.str()
	case c == '(':
		return p.tuple()
	case c == '[':
		return structured(p.s[p.i:]), p.skipList()
	case p.word("True"):
		return true, nil
	case p.word("False"):
		return false, nil
	}
	return nil, p.expected("a string, True, False or a tuple")
}

func (p *dictParser) word(w string) bool {
	if !strings.HasPrefix(p.s[p.i:], w) {
		return false
	}
	p.i += len(w)
	return true
}

// str reads a quoted string; headers never need escapes for the types that are supported.
func (p *dictParser) str() (string, error) {
	quote := p.peek()
	if quote != '\'' && quote != '"' {
		return "", p.expected("a quoted string")
	}
	n := strings.IndexByte(p.s[p.i+1:], quote)
	if n < 0 {
		return "", fmt.Errorf("the string that starts at byte %d does not end", p.i)
	}
	s := p.s[p.i+1 : p.i+1+n]
	p.i += n + 2
	return s, nil
}

// tuple reads (), (3,) or (3, 4).
func (p *dictParser) tuple() ([]int, error) {
	p.i++
	shape := []int{}
	for !p.accept(')') {
		n, err := p.integer()
		if err != nil {
			return nil, err
		}
		shape = append(shape, n)
		if !p.accept(',') && p.peek() != ')' {
			return nil, p.expected("',' or ')'")
		}
	}
	return shape, nil
}

// integer reads a decimal integer, with the L that Python 2 appended to long ones.
func (p *dictParser) integer() (int, error) {
	p.peek()
	start := p.i
	if p.i < len(p.s) && (p.s[p.i] == '-' || p.s[p.i] == '+') {
		p.i++
	}
	for p.i < len(p.s) && '0' <= p.s[p.i] && p.s[p.i] <= '9' {
		p.i++
	}
	digits := p.s[start:p.i]
	p.word("L")
	n, err := strconv.Atoi(digits)
	if errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("axis length %s, at most %d is possible", excerpt(digits), math.MaxInt)
	}
	if err != nil {
		p.i = start
		return 0, p.expected("an integer")
	}
	return n, nil
}

// skipList moves past a list, brackets in strings aside.
func (p *dictParser) skipList() error {
	start, depth := p.i, 0
	for p.i < len(p.s) {
		switch c := p.s[p.i]; c {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				p.i++
				return nil
			}
		case '\'', '"':
			if _, err := p.str(); err != nil {
				return err
			}
			continue
		}
		p.i++
	}
	return fmt.Errorf("the list that starts at byte %d does not end", start)
}
