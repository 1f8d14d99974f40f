package main

// The steps are the same on every machine and device. From the same centres,
// scikit-learn 1.2.1 ends with 78.85566582597731 and the same groups.
func Example() {
	main()
	// Output:
	// step 1: 155.3100
	// step 2: 85.6370
	// step 3: 84.2653
	// step 4: 83.3902
	// step 5: 82.0042
	// step 6: 81.0809
	// step 7: 79.8736
	// step 8: 79.3444
	// step 9: 78.9213
	// step 10: 78.8557
	// groups of [50 61 39]
}
