// Package meter tells how far work is that takes long. Who wants to know puts a Meter in
// the context under which the work is done, and looks at it now and then; whoever does the
// work says how far it is, if there is a meter. Nothing is locked and nobody called back,
// so that saying it costs next to nothing.
//
// Work is cut in parts on its way down: an evaluation in panels, a panel in launches, a
// launch in blocks. Part makes the context of a part, in which 0 to 1 stand for the share
// that the part has in the whole:
//
//	for i := range panels {
//		err := compute(meter.Part(ctx, float64(i)/n, float64(i+1)/n), panel(i))
//	}
//
// What is computed by several goroutines, each with loops of its own, is told by whoever
// deals it out; Off keeps the loops quiet.
package meter
