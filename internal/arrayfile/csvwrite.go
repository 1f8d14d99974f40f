package arrayfile

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// WriteCSV writes data, in C order, as the CSV file at path, or to standard output if path is "-": a line for
// each row, after a header if opt has column names. An array of one axis becomes a single column.
// Every number is as short as it can be and still read back to the same value.
func WriteCSV[T Element](ctx context.Context, path string, shape []int, data []T, opt WriteOptions) error {
	if err := checkLength(path, shape, data); err != nil {
		return err
	}
	width, err := csvWidth(path, shape)
	if err != nil {
		return err
	}
	if len(opt.Columns) != 0 && len(opt.Columns) != width {
		return fmt.Errorf("write %s: shape %v has %d columns, %d names were given", outputName(path), shape, width, len(opt.Columns))
	}
	out, err := openOutput(ctx, path, opt)
	if err != nil {
		return fmt.Errorf("write %s: %w", outputName(path), withoutPath(err))
	}
	buf := bufio.NewWriterSize(out.w, 1<<16)
	err = writeRows(ctx, buf, width, data, opt.Columns)
	if err == nil {
		err = buf.Flush()
	}
	if err == nil {
		err = out.commit()
	}
	if err != nil {
		return out.failed(err)
	}
	return nil
}

// csvWidth is the number of columns of an array.
func csvWidth(path string, shape []int) (int, error) {
	switch len(shape) {
	case 0, 1:
		return 1, nil
	case 2:
		return shape[1], nil
	}
	return 0, fmt.Errorf("write %s: shape %v has %d axes, CSV has at most 2", outputName(path), shape, len(shape))
}

func writeRows[T Element](ctx context.Context, w *bufio.Writer, width int, data []T, columns []string) error {
	var line []byte
	for i, name := range columns {
		line = appendSeparator(line, i)
		line = append(line, quoteField(name)...)
	}
	if len(columns) > 0 {
		line = append(line, '\n')
	}
	format := formatter[T]()
	for n := 0; len(data) > 0; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for i, v := range data[:width] {
			line = appendSeparator(line, i)
			line = format(line, v)
		}
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return err
		}
		line, data = line[:0], data[width:]
	}
	_, err := w.Write(line)
	return err
}

func appendSeparator(line []byte, column int) []byte {
	if column == 0 {
		return line
	}
	return append(line, ',')
}

// quoteField puts a name into quotes if it needs them.
func quoteField(name string) string {
	if !strings.ContainsAny(name, "\",;#\t\r\n") && strings.TrimSpace(name) == name {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// formatter is the function that appends a T in decimal.
func formatter[T Element]() func([]byte, T) []byte {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Float32:
		return func(b []byte, v T) []byte { return appendFloat(b, float64(any(v).(float32)), 32) }
	case reflect.Float64:
		return func(b []byte, v T) []byte { return appendFloat(b, any(v).(float64), 64) }
	case reflect.Bool:
		return func(b []byte, v T) []byte {
			if any(v).(bool) {
				return append(b, '1')
			}
			return append(b, '0')
		}
	default:
		return func(b []byte, v T) []byte { return fmt.Append(b, v) }
	}
}

// appendFloat spells v as Python's repr does: the shortest digits that give v again, with an exponent
// below 1e-4 and from 1e16 on.
func appendFloat(b []byte, v float64, bits int) []byte {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return append(b, "nan"...)
	case math.IsInf(v, 1):
		return append(b, "inf"...)
	case math.IsInf(v, -1):
		return append(b, "-inf"...)
	case a != 0 && (a < 1e-4 || a >= 1e16):
		return strconv.AppendFloat(b, v, 'e', -1, bits)
	default:
		return strconv.AppendFloat(b, v, 'f', -1, bits)
	}
}
