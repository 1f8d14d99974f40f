package main

// The result is the same on every machine and device, to the last bit.
func Example() {
	main()
	// Output:
	// 1.6668134e+08 [923 122 28 338 329]
}
