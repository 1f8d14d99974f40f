package arrayfile

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestReadCSV(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	tests := []struct {
		name, text, columns string
		shape               []int
		values              []float64
		header              []string
	}{
		{"plain", "1,2\n3,4\n", "", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"no final line break", "1,2\n3,4", "", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"CRLF", "a,b\r\n1,2\r\n3,4\r\n", "", []int{2, 2}, []float64{1, 2, 3, 4}, []string{"a", "b"}},
		{"byte order mark", "\xef\xbb\xbf1,2\n", "", []int{1, 2}, []float64{1, 2}, nil},
		{"header", "x,y\n1,2\n", "", []int{1, 2}, []float64{1, 2}, []string{"x", "y"}},
		{"header with a number", "id,2\n1,2\n", "", []int{1, 2}, []float64{1, 2}, []string{"id", "2"}},
		{"header with an empty name", ",x\n0,5\n", "", []int{1, 2}, []float64{0, 5}, []string{"", "x"}},
		{"semicolon", "a;b\n1;2\n", "", []int{1, 2}, []float64{1, 2}, []string{"a", "b"}},
		{"tab", "a b\tc\n1\t2\n", "", []int{1, 2}, []float64{1, 2}, []string{"a b", "c"}},
		{"blanks", "  1   2\t3  \n4 5 6\n", "", []int{2, 3}, []float64{1, 2, 3, 4, 5, 6}, nil},
		{"blanks and tabs", "1 2\t3\n", "", []int{1, 3}, []float64{1, 2, 3}, nil},
		{"semicolon and comma", "a, b;c\n1;2\n", "", []int{1, 2}, []float64{1, 2}, []string{"a, b", "c"}},
		{"one column", "1\n2\n3\n", "", []int{3, 1}, []float64{1, 2, 3}, nil},
		{"one number", "42", "", []int{1, 1}, []float64{42}, nil},
		{"padded", " 1 , 2\n", "", []int{1, 2}, []float64{1, 2}, nil},
		{"quoted", "\"a \"\"b\"\", c\",d\n\"1\",\"2\"\n", "", []int{1, 2}, []float64{1, 2}, []string{`a "b", c`, "d"}},
		{"quoted and blanks", "\"a b\" \"c\"\n1 2\n", "", []int{1, 2}, []float64{1, 2}, []string{"a b", "c"}},
		{"comments", "# made by numpy.savetxt\n1,2 # one\n\n  # two\n3,4\n", "", []int{2, 2}, []float64{1, 2, 3, 4}, nil},
		{"# in a name", "item #,size\n1,2\n", "", []int{1, 2}, []float64{1, 2}, []string{"item #", "size"}},
		{"specials", "nan,NaN,inf,-inf,+Inf,Infinity\n", "", []int{1, 6}, []float64{nan, nan, inf, -inf, inf, inf}, nil},
		{"exponents", "1e3,-2.5E-3,.5,5.,1e-400\n", "", []int{1, 5}, []float64{1000, -0.0025, 0.5, 5, 0}, nil},
		{"range of columns", "5.1,3.5,setosa\n4.9,3.0,setosa\n", "0:2", []int{2, 2}, []float64{5.1, 3.5, 4.9, 3}, nil},
		{"columns from the end", "1,2,3\n4,5,6\n", "-1,0", []int{2, 2}, []float64{3, 1, 6, 4}, nil},
		{"columns to the end", "1,2,3\n", "1:", []int{1, 2}, []float64{2, 3}, nil},
		{"columns but the last", "1,2,3\n", ":-1", []int{1, 2}, []float64{1, 2}, nil},
		{"columns by name", "x,y,z\n1,2,3\n", "z, x", []int{1, 2}, []float64{3, 1}, []string{"z", "x"}},
		{"named columns that are numbers", "y1,2024\n1,2\n", "y1", []int{1, 1}, []float64{1}, []string{"y1"}},
		{"header beside the columns", "x,y,kind\n1,2,a\n", "0:2", []int{1, 2}, []float64{1, 2}, []string{"x", "y"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(context.Background(), "-", ReadOptions{Stdin: strings.NewReader(tt.text), Columns: tt.columns})
			if err != nil {
				t.Fatal(err)
			}
			want := &File{DType: "float64", Shape: tt.shape, F64: tt.values, Columns: tt.header}
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestReadBadCSV(t *testing.T) {
	tests := []struct {
		name, text, columns string
		want                []string
	}{
		{"blank", "\n \n# nothing\n", "", []string{"holds no data"}},
		{"header only", "# c\na,b\n", "", []string{"no rows follow the header in line 2"}},
		{"ragged", "a,b\n1,2\n\n3,4,5\n", "", []string{"line 4 has 3 fields, line 1 has 2"}},
		{"ragged blanks", "1 2\n3\n", "", []string{"line 2 has 1 fields, line 1 has 2"}},
		{"text in a number column", "x,y\n1,2\n3,oops\n", "", []string{`line 3, column 1 (y): "oops" is not a number`}},
		{"text in the first row only", "x,y\n1,oops\n3,4\n", "", []string{`line 2, column 1 (y): "oops" is not a number`}},
		{"text column", "len,width,kind\n1,2,setosa\n3,4,virginica\n", "",
			[]string{`column 2 (kind) holds text, such as "setosa" in line 2`, "--columns 0:2"}},
		{"text column without header", "1,a,2,3\n4,b,5,6\n", "", []string{`column 1 (a) holds text, such as "b" in line 2`, "--columns 0,2:4"}},
		{"text column that was asked for", "k,x\na,1\nb,2\n", "0:2", []string{`column 0 (k) holds text`, "--columns 1"}},
		{"nothing but text", "a,b\nc,d\n", "", []string{`column 0 (a) holds text, such as "c" in line 2, not numbers`}},
		{"missing value", "x,y\n1,2\n3,\n", "", []string{"line 3, column 1 (y) is empty", "write nan"}},
		{"separator at the end", "1,2,\n3,4,\n", "", []string{"line 1, column 2 is empty", "--columns 0:2"}},
		{"decimal comma", "a;b\n1,5;2,5\n", "", []string{`line 2, column 0 (a): "1,5" has a decimal comma`}},
		{"beyond float64", "1,1e999\n", "", []string{`line 1, column 1: "1e999" is beyond the range of float64`}},
		{"quote not closed", "a,\"b\n1,2\n", "", []string{"line 1", "is not closed"}},
		{"text after quote", "\"1\"x,2\n", "", []string{"line 1", "follows a closing quote"}},
		{"column too large", "1,2\n", "2", []string{`columns "2"`, "column 2 does not exist, the file has 2"}},
		{"column too negative", "1,2\n", "-3", []string{"column -3 does not exist"}},
		{"range too large", "1,2\n", "0:3", []string{"column 3 does not exist"}},
		{"range empty", "1,2\n", "1:1", []string{`the range "1:1" is empty`}},
		{"column unknown", "x,y\n1,2\n", "z", []string{`"z" is neither a column's index nor the name of one`}},
		{"list with a gap", "x,y\n1,2\n", "0,,1", []string{`"" is neither`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(context.Background(), "-", ReadOptions{Stdin: strings.NewReader(tt.text), Columns: tt.columns})
			wantError(t, err, tt.want...)
		})
	}
}

func TestReadLongLines(t *testing.T) {
	row := strings.Repeat("0.125,", 50000) + "1\n" // 300 kB, more than the reader's buffer
	f, err := Read(context.Background(), "-", ReadOptions{Stdin: strings.NewReader(row + row)})
	if err != nil {
		t.Fatal(err)
	}
	if f.Shape[0] != 2 || f.Shape[1] != 50001 || f.F64[100001] != 1 || f.F64[50002] != 0.125 {
		t.Errorf("shape %v", f.Shape)
	}
}

// TestReadIris reads the sample data in both formats, and without choosing columns.
func TestReadIris(t *testing.T) {
	const dir = "../../examples/data/"
	fromNPY := mustRead(t, dir+"iris.npy")
	fromCSV, err := Read(context.Background(), dir+"iris.csv", ReadOptions{Columns: "0:4"})
	if err != nil {
		t.Fatal(err)
	}
	fromCSV.Columns = nil
	if diff := cmp.Diff(fromNPY, fromCSV); diff != "" {
		t.Errorf("(-npy +CSV)\n%s", diff)
	}
	_, err = Read(context.Background(), dir+"iris.csv", ReadOptions{})
	wantError(t, err, `column 4 (species) holds text, such as "setosa" in line 2`, "--columns 0:4")
}
