package cpulist

import "testing"

func TestCount(t *testing.T) {
	for list, want := range map[string]int{
		"0": 1, "0-1": 2, "0-3,8,10-11\n": 7, "0-1023": 1024,
		"": -1, "a": -1, "0-": -1, "-1": -1, "5-2": -1, "0,,1": -1, "0-9223372036854775807": -1, "4294967296": -1,
	} {
		got, err := Count(list)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("Count(%q) = %d, %v; expected %d (-1: an error)", list, got, err, want)
		}
	}
}
