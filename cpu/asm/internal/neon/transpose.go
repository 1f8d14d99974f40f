package neon

// Transpose transposes the vectors from v on, as many as they have elements, with
// the help of twice as many from free on, and returns where the results are.
func (a *Asm) Transpose(elem, v, free int) []int {
	if elem == 8 {
		a.V("trn1", D2, free, v, v+1)
		a.V("trn2", D2, free+1, v, v+1)
		return []int{free, free + 1}
	}
	a.V("trn1", S4, free, v, v+1) // 00 10 02 12
	a.V("trn2", S4, free+1, v, v+1)
	a.V("trn1", S4, free+2, v+2, v+3)
	a.V("trn2", S4, free+3, v+2, v+3)
	a.V("trn1", D2, free+4, free, free+2)
	a.V("trn1", D2, free+5, free+1, free+3)
	a.V("trn2", D2, free+6, free, free+2)
	a.V("trn2", D2, free+7, free+1, free+3)
	return []int{free + 4, free + 5, free + 6, free + 7}
}
