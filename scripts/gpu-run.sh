#!/bin/sh
# Tests and measures this machine's GPU: made by scripts/gpu-bundle.sh, needs no Go.
#
#   ./run.sh                        everything
#   ./run.sh conformance bench      some steps
#   ./run.sh --budget 540           as much as can be done in 540 seconds
#
# Steps, the most important first: detect, conformance, launches, bench, fast, peers, ops, sanitizer. Each may be run on
# its own, later ones keep what earlier ones have found; the report is made anew after every step, so that one that is
# cut short loses nothing. The step peers measures again what it compares: CuPy, torch and JAX in turn with Quern.
#
#   DEVICE=cuda:0     the device for the benchmarks and the tests of ops
#   EFFORT=normal     of the conformance suite: short, normal or long; short with a budget
#   QUICK=1           small arrays: does it work?
#   STEP_SECONDS=540  the limit of each step; with a budget also what is left of it
#   OUT=report        where report.json, report.txt and the log of each step go
set -u
cd "$(dirname "$0")" || exit 1

budget=
if [ "${1:-}" = --budget ]; then
	budget=${2:-}
	case $budget in
	'' | *[!0-9]*)
		echo "run.sh: --budget $budget: expected a number of seconds" >&2
		exit 2
		;;
	esac
	shift 2
	EFFORT=${EFFORT:-short}
fi
begun=$(date +%s)

DEVICE=${DEVICE:-cuda:0}
EFFORT=${EFFORT:-normal}
QUICK=${QUICK:-}
STEP_SECONDS=${STEP_SECONDS:-540}
OUT=${OUT:-report}
export PYTHON=${PYTHON:-python3}
all='detect conformance launches bench fast peers ops sanitizer'
steps=${*:-$all}
mkdir -p "$OUT"

short=
if [ "$EFFORT" = short ]; then short=-test.short; fi
if [ "$EFFORT" = long ]; then export QUERN_LONG=1; fi
quick=
if [ -n "$QUICK" ]; then quick=--quick; fi

# left prints the seconds that a command may take.
left() {
	if [ -z "$budget" ]; then
		echo "$STEP_SECONDS"
		return
	fi
	rest=$((budget - $(date +%s) + begun))
	if [ "$rest" -gt "$STEP_SECONDS" ]; then rest=$STEP_SECONDS; fi
	if [ "$rest" -lt 1 ]; then rest=1; fi
	echo "$rest"
}

# limited COMMAND… runs a command for at most that long.
limited() {
	if command -v timeout > /dev/null; then timeout "$(left)" "$@"; else "$@"; fi
}

# say STEP STATUS REASON notes how a step ended.
say() {
	echo "$1: $2${3:+ ($3)}"
	printf '{"step": "%s", "status": "%s", "reason": "%s"}\n' "$1" "$2" "$3" > "$OUT/$1.status"
}

# step NAME COMMAND… runs a command with its log, and notes how it ended. A test that was skipped is not one that has
# passed.
step() {
	name=$1
	shift
	echo "$name: $*"
	start=$(date +%s)
	"$@" > "$OUT/$name.log" 2>&1
	code=$?
	took=$(($(date +%s) - start))
	if [ "$code" = 124 ]; then
		say "$name" failed "not done after $took s"
	elif [ "$code" != 0 ]; then
		say "$name" failed "exit status $code after $took s: see $name.log"
	elif grep -q -- '--- SKIP: TestConformance ' "$OUT/$name.log"; then
		say "$name" skipped "no device: see $name.log"
	elif [ "$name" = launches ] && ! grep -q '^Benchmark' "$OUT/$name.log"; then
		say "$name" skipped "no device that it measures"
	else
		say "$name" passed "$took s"
	fi
}

detect() {
	./quern detect
	./quern detect --json > "$OUT/detect.json"
	nvidia-smi 2> /dev/null || echo "no nvidia-smi"
}

conformance() {
	case $DEVICE in
	opencl*) binary=tests/opencl.test ;;
	*) binary=tests/cuda.test ;;
	esac
	limited "$binary" -test.v -test.run '^TestConformance$' $short -test.timeout 0
}

# The sanitizer slows everything down tenfold and more: a part of the suite, at its smallest.
sanitizer() {
	limited compute-sanitizer --error-exitcode 9 --target-processes all tests/cuda.test \
		-test.v -test.short -test.run '^TestConformance$/.*/^(Map|Reduce|Contract|Streams)$' -test.timeout 0
}

launches() {
	limited tests/cuda.test -test.run '^$' -test.bench Hardware -test.count 3
}

ops() (
	cd tests/ops && QUERN_DEVICE=$DEVICE limited ./ops.test $short -test.timeout 0
)

# Arrays in the device's memory, in parts that are kept if a later one is cut short, and the evaluations whose results
# are small.
bench() {
	rm -f "$OUT"/resident*.json "$OUT/evaluations.json"
	resident resident '^resident_(launch|copy|scale|add|triad|chain|sum|dot|x_plus)' || return
	resident resident_contractions '^resident_(sgemm|dgemm|cdist)' || return
	limited ./quern bench --device "$DEVICE" $quick --save "$OUT/evaluations.json" --run '^(launch|matmul_sum|pi|european|asian|dot|sum)' || return
	resident resident_functions '^resident_(exp|log|sin|tanh|uniform|normal)'
}

# resident NAME WORKLOADS
resident() {
	limited ./quern bench --device "$DEVICE" $quick --resident --save "$OUT/$1.json" --run "$2"
}

# Products and distances that need not be exact, with the error beside its bound: by cuBLAS where there is one, and by
# our own kernels.
fast() {
	workloads='^resident_(sgemm|cdist_euclidean)'
	limited ./quern bench --device "$DEVICE" $quick --resident --fast --save "$OUT/fast.json" --run "$workloads" || return
	limited env QUERN_CUBLAS=off ./quern bench --device "$DEVICE" $quick --resident --fast --save "$OUT/fast_own.json" --run "$workloads" || return
	limited env QUERN_CUBLAS=off ./quern bench --device "$DEVICE" $quick --resident --fast=bf16 --save "$OUT/fast_bf16.json" --run "$workloads"
}

# Beside CuPy, torch and JAX, sampled in turn on the same device; in parts that are kept if a later one is cut short.
peers() {
	rm -f "$OUT"/peers*.json
	beside peers_contractions --resident '^resident_(sgemm|dgemm|cdist)' || return
	beside peers --resident '^resident_(launch|copy|scale|add|triad|chain|sum|dot|x_plus)' || return
	beside peers_estimates '' '^(pi|european|asian)' || return
	beside peers_functions --resident '^resident_(exp|log|sin|tanh|uniform|normal)'
}

# beside NAME FLAGS WORKLOADS
beside() {
	# shellcheck disable=SC2086 # no flags, or several
	limited ./quern bench --device "$DEVICE" $quick $2 --peers --save "$OUT/$1.json" --run "$3"
}

# file NAME prints a JSON file, or null if there is none.
file() {
	if [ -s "$OUT/$1" ]; then cat "$OUT/$1"; else echo null; fi
}

# list FILE… joins files of JSON objects, one a line, to an array.
list() {
	echo '['
	cat "$@" 2> /dev/null | sed '$!s/$/,/'
	echo ']'
}

# report writes what the steps so far have found.
report() {
	{
		echo '{"schema_version": 1,'
		printf '"date": "%s", "device": "%s", "effort": "%s",\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$DEVICE" "$EFFORT"
		printf '"version": "%s",\n' "$(head -n 1 VERSION)"
		echo '"steps":' && list "$OUT"/*.status && echo ','
		echo '"detect":' && file detect.json && echo ','
		echo '"evaluations":' && file evaluations.json && echo ','
		for f in resident resident_contractions resident_functions fast fast_own fast_bf16 peers peers_contractions peers_estimates; do
			echo "\"$f\":" && file $f.json && echo ','
		done
		echo '"peers_functions":' && file peers_functions.json
		echo '}'
	} > "$OUT/report.json"
	{
		cat VERSION
		echo
		for s in "$OUT"/*.status; do sed 's/[{}"]//g' "$s"; done
		for part in detect launches bench fast peers; do
			if [ -s "$OUT/$part.log" ]; then printf '\n== %s\n' "$part" && cat "$OUT/$part.log"; fi
		done
		for part in conformance sanitizer ops; do
			if [ -s "$OUT/$part.log" ]; then printf '\n== %s: failures and the end\n' "$part" && grep -E -A 12 -- '--- FAIL|panic|ERROR SUMMARY|Error:' "$OUT/$part.log" | head -n 200 && tail -n 5 "$OUT/$part.log"; fi
		done
	} > "$OUT/report.txt" 2>&1
}

for s in $steps; do
	if [ -n "$budget" ] && [ "$(left)" -lt 5 ]; then
		say "$s" skipped "no time left of $budget s"
		report
		continue
	fi
	case $s in
	detect | launches | ops | bench | fast) step "$s" "$s" ;;
	conformance) step "$s" conformance ;;
	sanitizer)
		if command -v compute-sanitizer > /dev/null; then step "$s" sanitizer; else say "$s" skipped "no compute-sanitizer on this machine"; fi
		;;
	peers)
		if command -v "$PYTHON" > /dev/null; then step "$s" peers; else say "$s" skipped "no $PYTHON on this machine"; fi
		;;
	*)
		echo "run.sh: $s is no step: $all" >&2
		exit 2
		;;
	esac
	report
done

echo "written: $OUT/report.json, $OUT/report.txt"
if grep -q '"status": "failed"' "$OUT"/*.status; then exit 1; fi
