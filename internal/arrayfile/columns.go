package arrayfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// selectColumns resolves a selection such as "0:4,-1,width" among the given columns; an empty one means all of
// them. named reports that it used a name, so that the first line must be a header.
func selectColumns(selection string, names []string) (selected []int, named bool, err error) {
	if strings.TrimSpace(selection) == "" {
		selection = ":"
	}
	for part := range strings.SplitSeq(selection, ",") {
		part = strings.TrimSpace(part)
		if i := slices.Index(names, part); i >= 0 && !isIndex(part) {
			selected, named = append(selected, i), true
			continue
		}
		from, to, err := columnRange(part, len(names))
		if err != nil {
			return nil, false, fmt.Errorf("columns %q: %w", selection, err)
		}
		for c := from; c < to; c++ {
			selected = append(selected, c)
		}
	}
	return selected, named, nil
}

func isIndex(part string) bool {
	_, err := strconv.Atoi(part)
	return err == nil
}

// columnRange reads "i" as [i, i+1) and "i:j", "i:", ":j" as half-open ranges of width columns.
func columnRange(part string, width int) (from, to int, err error) {
	first, last, isRange := strings.Cut(part, ":")
	from, to = 0, width
	if first != "" || !isRange {
		if from, err = columnIndex(first, width); err != nil {
			return 0, 0, err
		}
		if from == width {
			return 0, 0, fmt.Errorf("column %s does not exist, the file has %d (the first is 0)", first, width)
		}
	}
	if !isRange {
		return from, from + 1, nil
	}
	if last != "" {
		if to, err = columnIndex(last, width); err != nil {
			return 0, 0, err
		}
	}
	if to <= from {
		return 0, 0, fmt.Errorf("the range %q is empty", part)
	}
	return from, to, nil
}

// columnIndex is the number in s, from the end if it is negative, between 0 and width.
func columnIndex(s string, width int) (int, error) {
	c, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%q is neither a column's index nor the name of one", s)
	}
	i := c
	if i < 0 {
		i += width
	}
	if i < 0 || i > width {
		return 0, fmt.Errorf("column %d does not exist, the file has %d (the first is 0)", c, width)
	}
	return i, nil
}

// formatColumns writes increasing indices as a selection: 0, 1, 2, 5 as "0:3,5".
func formatColumns(indices []int) string {
	var parts []string
	for len(indices) > 0 {
		n := 1
		for n < len(indices) && indices[n] == indices[0]+n {
			n++
		}
		if n == 1 {
			parts = append(parts, strconv.Itoa(indices[0]))
		} else {
			parts = append(parts, fmt.Sprintf("%d:%d", indices[0], indices[0]+n))
		}
		indices = indices[n:]
	}
	return strings.Join(parts, ",")
}
