package arrayfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unsafe"
)

// blanks is the separator of files whose fields are separated by any number of spaces and tabs.
const blanks = ' '

// csvLines reads the lines of a text that hold fields, skipping blank lines and comments.
type csvLines struct {
	r      *bufio.Reader
	number int    // of the line read last, from 1
	long   []byte // holds a line that does not fit the reader's buffer
	sep    byte
	fields [][]byte
}

// next is the next line that is neither blank nor a comment, without its line break; io.EOF at the
// end. It is valid until the following call.
func (l *csvLines) next() ([]byte, error) {
	for {
		line, err := l.line()
		if err != nil {
			return nil, err
		}
		if l.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // the byte order mark of UTF-8
		}
		if t := bytes.TrimLeft(line, " \t"); len(t) > 0 && t[0] != '#' {
			return line, nil
		}
	}
}

func (l *csvLines) line() ([]byte, error) {
	l.number++
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		switch {
		case err == nil || errors.Is(err, io.EOF) && len(part)+len(l.long) > 0:
			if len(l.long) > 0 {
				l.long = append(l.long, part...)
				part = l.long
			}
			return bytes.TrimRight(part, "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
			l.long = append(l.long, part...)
		default:
			return nil, err
		}
	}
}

// row splits the next line of data, from which comments are removed.
func (l *csvLines) row() ([][]byte, error) {
	line, err := l.next()
	if err != nil {
		return nil, err
	}
	if i := bytes.IndexByte(line, '#'); i >= 0 && bytes.IndexByte(line[:i], '"') < 0 {
		line = line[:i]
	}
	return l.split(line)
}

// split cuts a line into its fields, trimmed of blanks and quotes.
func (l *csvLines) split(line []byte) ([][]byte, error) {
	l.fields = l.fields[:0]
	lead := " \t"
	if l.sep == '\t' {
		lead = " "
	}
	for {
		line = bytes.TrimLeft(line, lead)
		var field []byte
		var more bool
		var err error
		if len(line) > 0 && line[0] == '"' {
			field, line, more, err = l.quoted(line)
		} else {
			field, line, more = l.plain(line)
		}
		if err != nil {
			return nil, err
		}
		l.fields = append(l.fields, field)
		if !more {
			return l.fields, nil
		}
	}
}

// plain cuts off a field without quotes; more reports that a separator followed it.
func (l *csvLines) plain(line []byte) (field, rest []byte, more bool) {
	if l.sep != blanks {
		field, rest, more = bytes.Cut(line, []byte{l.sep})
		return bytes.TrimSpace(field), rest, more
	}
	i := bytes.IndexAny(line, " \t")
	if i < 0 {
		return line, nil, false
	}
	rest = bytes.TrimLeft(line[i:], " \t")
	return line[:i], rest, len(rest) > 0
}

// quoted cuts off a field in double quotes, in which "" stands for one quote.
func (l *csvLines) quoted(line []byte) (field, rest []byte, more bool, err error) {
	for i := 1; i < len(line); i++ {
		if line[i] != '"' {
			field = append(field, line[i])
			continue
		}
		if i+1 < len(line) && line[i+1] == '"' {
			field = append(field, '"')
			i++
			continue
		}
		after, rest, more := l.plain(line[i+1:])
		if len(after) > 0 {
			return nil, nil, false, fmt.Errorf("line %d: %s follows a closing quote, expected a separator", l.number, excerpt(string(after)))
		}
		return field, rest, more, nil
	}
	return nil, nil, false, fmt.Errorf("line %d: the quote in %s is not closed", l.number, excerpt(string(line)))
}

// findSeparator chooses the separator of a file from what occurs outside quotes in its first line: a
// semicolon if there is one (commas beside it are likely to be decimal ones), else a comma, a tab, or blanks.
func findSeparator(line []byte) byte {
	var has [256]bool
	quoted := false
	for _, c := range line {
		quoted = quoted != (c == '"')
		has[c] = has[c] || !quoted
	}
	switch {
	case has[';']:
		return ';'
	case has[',']:
		return ','
	case has['\t'] && !(has[' '] && allNumbers(bytes.Fields(line))):
		return '\t'
	}
	return blanks
}

// parseNumber reads a decimal (or hexadecimal) floating-point number, nan or inf.
func parseNumber(field []byte) (float64, error) {
	return strconv.ParseFloat(unsafe.String(unsafe.SliceData(field), len(field)), 64)
}

func isNumber(field []byte) bool {
	_, err := parseNumber(field)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

func allNumbers(fields [][]byte) bool {
	for _, f := range fields {
		if !isNumber(f) {
			return false
		}
	}
	return true
}
