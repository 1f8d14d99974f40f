package kernels

import "testing"

func TestCombineIdentity(t *testing.T) {
	for _, typ := range []DType{F32, F64} {
		for c := CombineAdd; c < numCombines; c++ {
			for _, x := range []float64{0, minus0, 1.5, -2, inf, -inf, nan} {
				p := Partial{Bits: FloatBits(typ, x), Index: 3}
				id := Partial{Bits: c.Identity(typ), Index: NoIndex}
				for _, got := range []Partial{c.Apply(typ, id, p), c.Apply(typ, p, id)} {
					if !sameBits(typ, got.Bits, p.Bits) || c.HasIndex() && got.Index != 3 {
						t.Errorf("%s.%s of the identity and %v gives %v", c, typ, x, got)
					}
				}
			}
		}
	}
}

func TestCombineApply(t *testing.T) {
	at := func(x float64, i int64) Partial { return Partial{FloatBits(F64, x), i} }
	for _, c := range []struct {
		name string
		c    Combine
		a, b Partial
		want Partial
	}{
		{"sum", CombineAdd, at(1, 0), at(2, 0), at(3, 0)},
		{"product", CombineMul, at(3, 0), at(2, 0), at(6, 0)},
		{"minimum", CombineMin, at(0, 0), at(minus0, 0), at(minus0, 0)},
		{"maximum with NaN", CombineMax, at(nan, 0), at(2, 0), at(nan, 0)},
		{"smaller", CombineArgMin, at(2, 0), at(1, 5), at(1, 5)},
		{"larger", CombineArgMax, at(2, 0), at(1, 5), at(2, 0)},
		{"first of equals", CombineArgMin, at(1, 4), at(1, 3), at(1, 3)},
		{"zeros are equal", CombineArgMin, at(0, 0), at(minus0, 1), at(0, 0)},
		{"NaN wins", CombineArgMax, at(inf, 0), at(nan, 9), at(nan, 9)},
		{"NaN stays", CombineArgMin, at(nan, 9), at(-inf, 0), at(nan, 9)},
		{"first NaN", CombineArgMin, at(nan, 9), at(nan, 2), at(nan, 2)},
	} {
		got := c.c.Apply(F64, c.a, c.b)
		if !sameBits(F64, got.Bits, c.want.Bits) || got.Index != c.want.Index {
			t.Errorf("%s: %v, expected %v", c.name, got, c.want)
		}
	}
	if Combine(99).String() != "combine(?)" || CombineArgMax.String() != "argmax" {
		t.Error("names of combines")
	}
}
