// Package ranks finds the values of some ranks among many without sorting them: it goes
// through the values several times and counts, each time among those that may still be
// wanted, how many have each next digit of their keys. Only what is left in the end need
// be kept. The values may be anywhere, even computed anew each time.
package ranks
