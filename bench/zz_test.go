package bench
import ("context";"testing";"github.com/quern-go/quern/device";"github.com/quern-go/quern/ops")
type drv struct{}
func (drv) Name() string {return "oracle"}
func (drv) Probe() ([]device.Info, error) { return []device.Info{{Driver:"oracle"}},nil}
func (drv) Open(int) (device.Device,error) { return &testDevice{name:"oracle"},nil}
func TestZZ(t *testing.T) {
	device.Register(drv{})
	r := Runner{Device: Device{Driver:"cpu",Threads: 2}, Options: []ops.Option{ops.On("oracle")}, Effort: Effort{Samples:1}}
	for _, g := range Suite(Quick) {
		rep, err := r.Run(context.Background(), []Group{g})
		t.Log(g.Name, err)
		if err != nil {t.Fail(); continue}
		for _, x := range rep.Results { p := 0.0; if x.PercentOfPeak!=nil {p=*x.PercentOfPeak}; t.Log(x.Name, x.Time.MedianSeconds, p, x.NoPeak) }
		for _, x := range rep.Peaks { t.Log(x.Limit, x.Source, x.rate()) }
	}
	e := &Env{Threads:1,Options: r.Options}
	for _, w := range CourseWorkloads(Quick) {
		j,_ := w.Setup(context.Background(), e)
		for range 2 { if err := j.Run(context.Background()); err != nil {t.Fatal(err)} }
		j.Course.Loop()
		t.Log(w.Name, j.Course.Compare(context.Background()), j.Course.Answer())
	}
}
