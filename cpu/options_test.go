package cpu

import "testing"

func TestParseOptions(t *testing.T) {
	for _, c := range []struct {
		text string
		want Options
		ok   bool
	}{
		{"avx2", Options{Level: "avx2"}, true},
		{"7threads", Options{Threads: 7}, true},
		{"generic,1thread", Options{Level: "generic", Threads: 1}, true},
		{"0,avx512", Options{Level: "avx512"}, true},
		{"generic,avx2", Options{}, false},
		{"1thread,2threads", Options{}, false},
		{"0threads", Options{}, false},
		{"9999threads", Options{}, false},
		{"mmx", Options{}, false},
		{"avx2,", Options{}, false},
	} {
		got, err := parseOptions(c.text)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("%s: %+v, %v", c.text, got, err)
		}
	}
}
