package bench

import (
	"context"
	"regexp"
	"slices"
	"testing"
	"time"

	_ "github.com/quern-go/quern/device/all"
)

func TestNamesAreUnique(t *testing.T) {
	for _, scale := range []Scale{Full, Quick} {
		seen := make(map[string]bool)
		for _, g := range append(Suite(scale), Resident(scale, ResidentElements(scale, 1<<36, 1))...) {
			for _, w := range g.Workloads {
				if seen[w.Name] {
					t.Errorf("%s occurs twice", w.Name)
				}
				seen[w.Name] = true
				if (w.Limit == Unlimited) != (w.NoPeak != "") || w.Formula == "" || (w.Formula == PlanFormula) != (w.Bytes+w.Flops+w.Items == 0) && w.Name != "handoff/round_trip" || w.Summary == "" {
					t.Errorf("%s: needs either a limit or a reason for none, a formula for what it counts, and a summary: %+v", w.Name, w)
				}
			}
		}
		for _, w := range CourseWorkloads(scale) {
			if !seen[w.Name] {
				t.Errorf("%s is not in the suite", w.Name)
			}
		}
	}
}

func TestSelect(t *testing.T) {
	var names []string
	for _, g := range Select(Suite(Full), regexp.MustCompile("^sum.*/1e|gemm/4096$")) {
		for _, w := range g.Workloads {
			names = append(names, g.Name+": "+w.Name)
		}
	}
	want := []string{"sgemm: sgemm/4096", "dgemm: dgemm/4096", "reductions: sum/1e8", "reductions: sum_axis0/1e4", "reductions: sum_axis1/1e4"}
	if !slices.Equal(names, want) {
		t.Errorf("selected %q, expected %q", names, want)
	}
}

// TestEveryWorkload runs the suite at its small scale: every result is compared with a plain loop.
func TestEveryWorkload(t *testing.T) {
	for _, selector := range []string{"cpu", "cpu:generic,3threads"} {
		t.Run(selector, func(t *testing.T) {
			if testing.Short() && selector != "cpu" {
				t.Skip("slow with the race detector")
			}
			dev, err := DescribeDevice(selector)
			if err != nil {
				t.Fatal(err)
			}
			groups := append(Suite(Quick), Resident(Quick, ResidentElements(Quick, 0, 1))...)
			progress := -1.0
			r := Runner{
				Device: dev,
				Effort: Effort{Samples: 2, Budget: time.Second, SampleTime: 1},
				Progress: func(_ string, done float64, total int) {
					if done < progress || done > float64(total) || total != len(groups) {
						t.Errorf("progress %v of %d after %v", done, total, progress)
					}
					progress = done
				},
			}
			run, err := r.Run(context.Background(), groups)
			if err != nil {
				t.Fatal(err)
			}
			for _, result := range run.Results {
				if result.PercentOfPeak == nil && result.NoPeak == "" || !(result.Time.MedianSeconds > 0) || !result.Verified {
					t.Errorf("%s: no percentage and no reason, or no time: %+v", result.Name, result)
				}
			}
		})
	}
}

// TestCourse runs what the demonstration does.
func TestCourse(t *testing.T) {
	for _, w := range CourseWorkloads(Quick) {
		t.Run(w.Name, func(t *testing.T) {
			job, err := w.Setup(context.Background(), &Env{Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			if job.Course == nil {
				t.Fatal("not a course workload")
			}
			for range 3 {
				if err := job.Run(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			job.Course.Loop()
			if err := job.Course.Compare(context.Background()); err != nil {
				t.Error(err)
			}
			t.Logf("%s (%s)", job.Course.Answer(), job.Course.Tolerance)
		})
	}
}

func TestCancelledRunIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := Runner{Device: Device{Threads: 1}, Effort: Quick.Effort()}
	if run, err := r.Run(ctx, Suite(Quick)); err == nil || run != nil {
		t.Errorf("a cancelled run returns %v, %v", run, err)
	}
}

func TestUnknownDevice(t *testing.T) {
	if _, err := DescribeDevice("nothing:0"); err == nil {
		t.Error("a device that does not exist opens")
	}
}

// TestResidentReferences measures the references of devices that are no CPU.
func TestResidentReferences(t *testing.T) {
	e := &Env{Selector: "cpu:1thread", Threads: 1}
	groups := Resident(Quick, ResidentElements(Quick, 0, 1))
	for _, g := range groups {
		refs, err := residentReferences(t.Context(), e, g.Workloads)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs {
			if err := ref.run(t.Context()); err != nil || ref.bytes+ref.flops <= 0 {
				t.Errorf("%s: %s: %v", g.Name, ref.source, err)
			}
		}
		closeReferences(refs)
		if e.arena != nil {
			t.Fatalf("%s: the device is still open", g.Name)
		}
	}
}

func TestResidentElements(t *testing.T) {
	tests := []struct {
		memory         int64
		programs, want int
	}{
		{141 << 30, 1, 1e9}, {80 << 30, 1, 1e9}, {24 << 30, 1, 1e9}, {16 << 30, 1, 1e8}, {2 << 30, 1, 1e7}, {0, 1, 1e7},
		{141 << 30, 4, 1e9}, {80 << 30, 4, 1e8},
	}
	for _, test := range tests {
		if got := ResidentElements(Full, test.memory, test.programs); got != test.want {
			t.Errorf("%d bytes of memory, %d programs: %d elements, expected %d", test.memory, test.programs, got, test.want)
		}
	}
}
