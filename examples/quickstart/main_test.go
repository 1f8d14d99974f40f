package main

// The result is the same on every machine and device, to the last bit.
func Example() {
	main()
	// Output:
	// total 1.6668134e+08 nearest [923 122 28 338 329]
}
