package main

// The intervals are the same on every machine and device.
func Example() {
	main()
	// Output:
	// mean petal length: 3.758 ± 0.144, 95% interval [3.474, 4.035]
	// correlation with the sepal: 0.872 ± 0.017, 95% interval [0.830, 0.900]
}
