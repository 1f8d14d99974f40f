package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"io"
	"testing"
)

func TestDraw(t *testing.T) {
	var file bytes.Buffer
	if err := draw(context.Background(), &file); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != width || b.Dy() != height {
		t.Errorf("the picture is %v, expected %d×%d", b, width, height)
	}
}

// The set is the same on every machine and device, to the last point.
func Example() {
	if err := draw(context.Background(), io.Discard); err != nil {
		fmt.Println(err)
	}
	// Output: 38966 of 153600 points stay within the circle for 160 steps
}
