package devicetest

import (
	"slices"
	"testing"
)

func TestSelected(t *testing.T) {
	tree := map[string][]string{
		"Map":     {"Layouts/f32", "Layouts/f64", "Index"},
		"Reduce":  {"Sizes/add", "Sizes/argmin"},
		"Streams": {"InOrder", "AtOnce"},
	}
	for _, c := range []struct {
		name  string
		names []string
		want  []string
	}{
		{"none", nil, nil},
		{"a group", []string{"Streams"}, []string{"Streams/AtOnce", "Streams/InOrder"}},
		{"below a group", []string{"Map/Lay", "Reduce/Sizes/arg"}, []string{"Map/Layouts/f32", "Map/Layouts/f64", "Reduce/Sizes/argmin"}},
		{"a group and below it", []string{"Map/Index", "Map"}, []string{"Map/Index", "Map/Layouts/f32", "Map/Layouts/f64"}},
		{"unknown", []string{"Mapping", "Map/None"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ran []string
			s := Selected(t, c.names...)
			for group, tests := range tree {
				s.Run(group, func(t T) {
					for _, name := range tests {
						t.Run(name, func(T) { ran = append(ran, group+"/"+name) })
					}
				})
			}
			slices.Sort(ran)
			if !slices.Equal(ran, c.want) {
				t.Errorf("%q ran, expected %q", ran, c.want)
			}
		})
	}
}
