package main

func Example() {
	main()
	// Output: after 2000 steps the centre is at 0.453999; the largest error is 4.1e-05
}
