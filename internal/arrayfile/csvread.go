package arrayfile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// readCSV reads text in rows and columns.
func readCSV(ctx context.Context, r *bufio.Reader, opt ReadOptions) (*File, error) {
	t := &table{lines: csvLines{r: r}, maxBytes: opt.MaxBytes}
	if err := t.start(opt.Columns); err != nil {
		return nil, err
	}
	for {
		fields, err := t.lines.row()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := t.add(fields); err != nil {
			return nil, err
		}
		if t.rows%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if t.rows == 0 {
		return nil, fmt.Errorf("no rows follow the header in line %d", t.firstLine)
	}
	return &File{DType: "float64", Shape: []int{t.rows, len(t.selected)}, F64: t.values, Columns: t.names()}, nil
}

// table collects the numbers of a CSV file.
type table struct {
	lines     csvLines
	maxBytes  int64
	firstLine int      // number of the first line with fields
	width     int      // fields in a line
	header    []string // nil without a header
	selected  []int    // columns to keep
	rows      int
	values    []float64
}

// start reads the first line: it fixes the separator, the number of columns and those selected,
// and is either the header or the first row.
func (t *table) start(columns string) error {
	line, err := t.lines.next()
	if errors.Is(err, io.EOF) {
		return errors.New("holds no data, only blank lines or comments")
	}
	if err != nil {
		return err
	}
	t.firstLine = t.lines.number
	t.lines.sep = findSeparator(line)
	fields, err := t.firstFields(line)
	if err != nil {
		return err
	}
	t.width = len(fields)
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	var named bool
	if t.selected, named, err = selectColumns(columns, names); err != nil {
		return err
	}
	for _, c := range t.selected {
		named = named || len(fields[c]) > 0 && !isNumber(fields[c])
	}
	if named {
		t.header = names
		return nil
	}
	return t.add(fields)
}

// firstFields splits the first line. A # starts a comment there too if what precedes it is a row of
// numbers; in a header it may belong to a name ("item #").
func (t *table) firstFields(line []byte) ([][]byte, error) {
	if i := bytes.IndexByte(line, '#'); i > 0 {
		fields, err := t.lines.split(line[:i])
		if err == nil && allNumbers(fields) {
			return fields, nil
		}
	}
	return t.lines.split(line)
}

func (t *table) add(fields [][]byte) error {
	if len(fields) != t.width {
		return fmt.Errorf("line %d has %d fields, line %d has %d", t.lines.number, len(fields), t.firstLine, t.width)
	}
	if size := int64(len(t.values)+len(t.selected)) * 8; t.maxBytes > 0 && size > t.maxBytes {
		return fmt.Errorf("line %d: the values take more than the limit of %d bytes of memory", t.lines.number, t.maxBytes)
	}
	for _, c := range t.selected {
		v, err := parseNumber(fields[c])
		if err != nil && !(errors.Is(err, strconv.ErrRange) && v == 0) {
			return t.badField(fields, c)
		}
		t.values = append(t.values, v)
	}
	t.rows++
	return nil
}

// badField explains a field that is not a number.
func (t *table) badField(fields [][]byte, c int) error {
	text, line := string(fields[c]), t.lines.number
	where := "column " + strconv.Itoa(c)
	if t.header != nil {
		where += fmt.Sprintf(" (%s)", t.header[c])
	}
	switch {
	case text == "":
		return fmt.Errorf("line %d, %s is empty: write nan for a missing value%s", line, where, t.suggestion(fields))
	case isNumber(fields[c]):
		return fmt.Errorf("line %d, %s: %s is beyond the range of float64 (±1.8e308)", line, where, excerpt(text))
	case isNumber(bytes.Replace(fields[c], []byte(","), []byte("."), 1)):
		return fmt.Errorf("line %d, %s: %s has a decimal comma, expected a point", line, where, excerpt(text))
	case t.rows == 0 && len(t.selected) == t.width:
		suggestion := t.suggestion(fields)
		if t.restIsText(c) {
			return fmt.Errorf("%s holds text, such as %s in line %d, not numbers%s", where, excerpt(text), line, suggestion)
		}
	}
	return fmt.Errorf("line %d, %s: %s is not a number", line, where, excerpt(text))
}

// suggestion is the option that selects the columns in which this row has numbers.
func (t *table) suggestion(fields [][]byte) string {
	var numeric []int
	for c, f := range fields {
		if isNumber(f) {
			numeric = append(numeric, c)
		}
	}
	if len(numeric) == 0 || len(t.selected) != t.width {
		return ""
	}
	return "; choose the numeric columns with --columns " + formatColumns(numeric)
}

// restIsText reports that no later row has a number in column c.
func (t *table) restIsText(c int) bool {
	for {
		fields, err := t.lines.row()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		if c < len(fields) && isNumber(fields[c]) {
			return false
		}
	}
}

// names are the header's names of the selected columns.
func (t *table) names() []string {
	if t.header == nil {
		return nil
	}
	names := make([]string, len(t.selected))
	for i, c := range t.selected {
		names[i] = t.header[c]
	}
	return names
}
