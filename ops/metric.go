package ops

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Metric is a distance, or another function, of two vectors x and y of k elements:
// see PairwiseDistance.
//
// Metrics of sets take an element for true unless it is 0. They count the columns
// by what x and y have there: tt in both, tf in x alone, ft in y alone, ff in
// neither; d is tf + ft. Up to 2²⁴ columns, counts are exact in float32 too.
type Metric struct {
	name  string
	p     float64     // Minkowski's exponent
	given *parameters // nil: none
}

// The metrics without a parameter. Names and results are SciPy's, those of its
// cdist, where it has the metric.
var (
	Euclidean           = Metric{name: "euclidean"}   // √Σ(x−y)²
	SqEuclidean         = Metric{name: "sqeuclidean"} // Σ(x−y)²
	CityBlock           = Metric{name: "cityblock"}   // Σ|x−y|
	Chebyshev           = Metric{name: "chebyshev"}   // max|x−y|
	Cosine              = Metric{name: "cosine"}      // 1 − x·y/(‖x‖‖y‖); NaN for a zero vector
	CorrelationDistance = Metric{name: "correlation"} // Cosine of x and y less their means; NaN for a constant vector
	BrayCurtis          = Metric{name: "braycurtis"}  // Σ|x−y|/Σ|x+y|; NaN for two zero vectors
	Canberra            = Metric{name: "canberra"}    // Σ|x−y|/(|x|+|y|), 0 where both are 0
	Hamming             = Metric{name: "hamming"}     // the share of elements that differ
	Jaccard             = Metric{name: "jaccard"}     // of the elements not 0 in x or in y, the share that differ; 0 if there are none
	Inner               = Metric{name: "inner"}       // x·y: large where vectors are near

	// Of points on a sphere of radius 1: rows of latitude and longitude in radians.
	Haversine = Metric{name: "haversine"} // 2·asin √(sin²(Δlat/2) + cos lat·cos lat'·sin²(Δlon/2))

	// Of vectors of probabilities, or counts, which are divided by their sums.
	// NaN where an element is negative or a sum is 0.
	JensenShannon   = Metric{name: "jensenshannon"} // √(½Σ x·ln(x/m) + ½Σ y·ln(y/m)), m = (x+y)/2
	KullbackLeibler = Metric{name: "kl"}            // Σ x·ln(x/y), 0 where x is 0, +Inf where only y is 0
	Hellinger       = Metric{name: "hellinger"}     // √(½Σ(√x−√y)²)

	// Of sets.
	Dice           = Metric{name: "dice"}           // d/(2tt+d); NaN for two empty sets
	Kulczynski1    = Metric{name: "kulczynski1"}    // tt/d; +Inf for equal sets, NaN if they are empty
	RogersTanimoto = Metric{name: "rogerstanimoto"} // 2d/(tt+ff+2d)
	RussellRao     = Metric{name: "russellrao"}     // (k−tt)/k
	SokalMichener  = Metric{name: "sokalmichener"}  // 2d/(tt+ff+2d)
	SokalSneath    = Metric{name: "sokalsneath"}    // 2d/(tt+2d); NaN for two empty sets
	Yule           = Metric{name: "yule"}           // 2·tf·ft/(tt·ff+tf·ft), 0 where tf·ft is 0
)

// Metrics lists the metrics that need no parameter and take vectors of any length,
// each distance being a matter of two rows alone.
func Metrics() []Metric {
	return []Metric{
		Euclidean, SqEuclidean, CityBlock, Chebyshev, Cosine, CorrelationDistance, BrayCurtis, Canberra, Hamming, Jaccard,
		Inner, JensenShannon, KullbackLeibler, Hellinger,
		Dice, Kulczynski1, RogersTanimoto, RussellRao, SokalMichener, SokalSneath, Yule,
	}
}

// aliases are what ParseMetric knows besides: other names that SciPy has, and its defaults.
var aliases = map[string]Metric{"matching": Hamming, "minkowski": Euclidean, "haversine": Haversine, "seuclidean": SEuclidean(nil)}

// ParseMetric reads SciPy's name of a metric; Minkowski's exponent follows a
// colon, as in "minkowski:3". "seuclidean" is SEuclidean(nil).
func ParseMetric(name string) (Metric, error) {
	if i := slices.IndexFunc(Metrics(), func(m Metric) bool { return m.name == name }); i >= 0 {
		return Metrics()[i], nil
	}
	if m, ok := aliases[name]; ok {
		return m, nil
	}
	if name == "mahalanobis" {
		return Metric{}, fmt.Errorf("metric %q: it takes a matrix; make it by Mahalanobis or FitMahalanobis", name)
	}
	if text, ok := strings.CutPrefix(name, "minkowski:"); ok {
		p, err := strconv.ParseFloat(text, 64)
		if err == nil {
			m := Minkowski(p)
			if err = m.check(); err == nil {
				return m, nil
			}
		}
		return Metric{}, fmt.Errorf("metric %q: %w", name, err)
	}
	return Metric{}, fmt.Errorf("metric %q: unknown, expected one of %s", name, metricNames())
}

// metricNames lists the names that ParseMetric knows.
func metricNames() string {
	var list []string
	for _, m := range Metrics() {
		list = append(list, m.name)
	}
	return strings.Join(append(list, "seuclidean", "haversine", "matching", "minkowski:P (P ≥ 1)"), ", ")
}

// String is the name; ParseMetric reads that of a metric without weights.
func (m Metric) String() string {
	if m.name == "minkowski" {
		return "minkowski:" + strconv.FormatFloat(m.p, 'g', -1, 64)
	}
	return m.name
}

// Formula is what the metric computes, in one line.
func (m Metric) Formula() string { return formulas[m.name] }

var formulas = map[string]string{
	"euclidean":      "√Σ(x−y)²",
	"sqeuclidean":    "Σ(x−y)²",
	"cityblock":      "Σ|x−y|",
	"chebyshev":      "max|x−y|",
	"minkowski":      "(Σ|x−y|ᵖ)^(1/p), p ≥ 1",
	"seuclidean":     "√Σ(x−y)²/v; v are the variances of the data unless given",
	"mahalanobis":    "√((x−y)ᵀ·vi·(x−y)); vi is the inverse of the data's covariance unless given",
	"cosine":         "1 − x·y/(‖x‖‖y‖)",
	"correlation":    "cosine of x and y less their means",
	"braycurtis":     "Σ|x−y|/Σ|x+y|",
	"canberra":       "Σ|x−y|/(|x|+|y|)",
	"hamming":        "the share of elements that differ; also called matching",
	"jaccard":        "of the elements not 0 in x or in y, the share that differ",
	"haversine":      "the angle between points on a sphere; rows are latitude and longitude in radians",
	"inner":          "x·y, large where vectors are near",
	"jensenshannon":  "√(½Σ x·ln(x/m) + ½Σ y·ln(y/m)), m = (x+y)/2; of rows divided by their sums",
	"kl":             "Σ x·ln(x/y); of rows divided by their sums",
	"hellinger":      "√(½Σ(√x−√y)²); of rows divided by their sums",
	"dice":           "d/(2tt+d)",
	"kulczynski1":    "tt/d",
	"rogerstanimoto": "2d/(tt+ff+2d)",
	"russellrao":     "(k−tt)/k",
	"sokalmichener":  "2d/(tt+ff+2d)",
	"sokalsneath":    "2d/(tt+2d)",
	"yule":           "2·tf·ft/(tt·ff+tf·ft)",
}

func (m Metric) check() error {
	switch {
	case m.name == "":
		return fmt.Errorf("the zero Metric, expected one of %s", metricNames())
	case m.given != nil && m.given.err != nil:
		return fmt.Errorf("metric %s: %w", m.name, m.given.err)
	case m.name == "minkowski" && !(m.p >= 1):
		return fmt.Errorf("exponent %v, expected p ≥ 1", m.p)
	}
	return nil
}

// Minkowski is (Σ|x−y|ᵖ)^(1/p) for p ≥ 1. For p = 1, 2 and +Inf it is
// CityBlock, Euclidean and Chebyshev, bit for bit; integers up to 64 are powers
// by multiplication, those and a half take a root besides, other exponents go through Pow.
func Minkowski(p float64) Metric {
	switch {
	case p == 1:
		return CityBlock
	case p == 2:
		return Euclidean
	case math.IsInf(p, 1):
		return Chebyshev
	}
	return Metric{name: "minkowski", p: p}
}
