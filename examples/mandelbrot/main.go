// Mandelbrot draws the Mandelbrot set into a PNG file: the points c of the plane
// for which z ← z² + c, from z = 0, stays within a circle. The file is the same on
// every machine and device, to the last bit.
package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log"
	"math"
	"os"
	"strings"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/ops"
)

const (
	width, height = 480, 320
	steps         = 160
)

type array = ops.Array[float32]

func main() {
	name := "mandelbrot.png"
	switch {
	case len(os.Args) > 2 || len(os.Args) == 2 && strings.HasPrefix(os.Args[1], "-"):
		log.Fatal("usage: mandelbrot [FILE.png]")
	case len(os.Args) == 2:
		name = os.Args[1]
	}
	f, err := os.Create(name)
	if err != nil {
		log.Fatal(err)
	}
	err = draw(context.Background(), f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("written to", name)
}

// draw writes the picture and says how much of it is in the set.
func draw(ctx context.Context, w io.Writer) error {
	counts, err := escapes(ctx)
	if err != nil {
		return err
	}
	inside := 0
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, n := range counts {
		if n == steps {
			inside++
		}
		picture.Set(i%width, i/width, shade(n))
	}
	fmt.Printf("%d of %d points stay within the circle for %d steps\n", inside, len(counts), steps)
	return png.Encode(w, picture)
}

// escapes counts for each point the steps before it leaves the circle. All steps are
// one kernel; its states are the parts of z, and the count.
func escapes(ctx context.Context) ([]float32, error) {
	re := ops.Linspace[float32](-2.1, 0.9, width).Reshape(1, -1)
	im := ops.Linspace[float32](1, -1, height).Reshape(-1, 1)
	zero := ops.Zeros[float32](height, width)
	last := ops.Iterate(steps, []array{zero, zero, zero}, func(_ array, s []array) []array {
		x, y, n := next(s[0], s[1], s[2], re, im)
		return []array{x, y, n}
	})
	return last[2].Data(ctx)
}

// next is z² + c, and one step more for the points that were within the circle of
// radius 2. The others go on, beyond all bounds, and are counted no more.
func next(x, y, n, re, im array) (array, array, array) {
	xx, yy := x.Square(), y.Square()
	n = n.Add(xx.Add(yy).LessEqualScalar(4))
	return xx.Sub(yy).Add(re), x.Mul(y).MulScalar(2).Add(im), n
}

// shade is black for points that stay, and goes through the colours the sooner one
// leaves.
func shade(n float32) color.Color {
	if n == steps {
		return color.Black
	}
	t := math.Sqrt(float64(n) / steps)
	channel := func(phase float64) uint8 { return uint8(127.5 * (1 - math.Cos(2*math.Pi*(t+phase)))) }
	return color.RGBA{channel(0.1), channel(0.05), channel(0.25), 255}
}
