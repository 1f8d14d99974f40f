#!/bin/sh
# Tests and measures this machine's GPU: made by scripts/gpu-bundle.sh, needs no Go.
#
#   ./run.sh                        everything
#   ./run.sh conformance bench      some steps
#
# Steps: detect, conformance, sanitizer, launches, ops, bench, peers. Each may be run on its own, later ones keep what
# earlier ones have found; the report is made anew at the end. Peers run right after the benchmark, on the same device.
#
#   DEVICE=cuda:0     the device for the benchmarks and the tests of ops
#   EFFORT=normal     of the conformance suite: short, normal or long
#   QUICK=1           small arrays: does it work?
#   STEP_SECONDS=540  the limit of each step
#   OUT=report        where report.json, report.txt and the log of each step go
set -u
cd "$(dirname "$0")" || exit 1

DEVICE=${DEVICE:-cuda:0}
EFFORT=${EFFORT:-normal}
QUICK=${QUICK:-}
STEP_SECONDS=${STEP_SECONDS:-540}
OUT=${OUT:-report}
PYTHON=${PYTHON:-python3}
steps=${*:-detect conformance sanitizer launches ops bench peers}
mkdir -p "$OUT"

short=
if [ "$EFFORT" = short ]; then short=-test.short; fi
if [ "$EFFORT" = long ]; then export QUERN_LONG=1; fi
quick=
if [ -n "$QUICK" ]; then quick=--quick; fi

# limited COMMAND… runs a command for at most STEP_SECONDS.
limited() {
	if command -v timeout > /dev/null; then timeout "$STEP_SECONDS" "$@"; else "$@"; fi
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
		say "$name" failed "not done after $STEP_SECONDS s"
	elif [ "$code" != 0 ]; then
		say "$name" failed "exit status $code after $took s: see $name.log"
	elif grep -q -- '--- SKIP: TestConformance ' "$OUT/$name.log"; then
		say "$name" skipped "no device: see $name.log"
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

# The evaluations whose results are small, and then arrays in the device's memory.
bench() {
	limited ./quern bench --device "$DEVICE" $quick --save "$OUT/evaluations.json" --run '^(launch|matmul_sum|pi|dot|sum)' || return
	limited ./quern bench --device "$DEVICE" $quick --resident --save "$OUT/resident.json"
}

# elements is the size of the arrays that quern bench has used.
elements() {
	n=$(sed -n 's|.*"name": "resident_copy/\([0-9e]*\)".*|\1|p' "$OUT/resident.json" 2> /dev/null | head -n 1)
	case $n in
	1e*) awk "BEGIN { printf \"%d\", $n }" ;;
	'') echo 100000000 ;;
	*) echo "$n" ;;
	esac
}

peers() {
	units=$(sed -n 's|.*"threads": \([0-9]*\).*|\1|p' "$OUT/resident.json" 2> /dev/null | head -n 1)
	: > "$OUT/peers.jsonl"
	for peer in torch cupy jax; do
		limited "$PYTHON" peers/gpu_peers.py --peer $peer --elements "$(elements)" --threads "${units:-1}" $quick >> "$OUT/peers.jsonl"
	done
	test -s "$OUT/peers.jsonl"
}

for s in $steps; do
	case $s in
	detect | launches | ops | bench) step "$s" "$s" ;;
	conformance) step "$s" conformance ;;
	sanitizer)
		if command -v compute-sanitizer > /dev/null; then step "$s" sanitizer; else say "$s" skipped "no compute-sanitizer on this machine"; fi
		;;
	peers)
		if command -v "$PYTHON" > /dev/null; then step "$s" peers; else say "$s" skipped "no $PYTHON on this machine"; fi
		;;
	*)
		echo "run.sh: $s is no step: detect conformance sanitizer launches ops bench peers" >&2
		exit 2
		;;
	esac
done

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

rm -f "$OUT/comparison.json" "$OUT/comparison.txt"
if [ -s "$OUT/peers.jsonl" ] && [ -s "$OUT/resident.json" ]; then
	set -- "$OUT/resident.json"
	if [ -s "$OUT/evaluations.json" ]; then set -- "$@" "$OUT/evaluations.json"; fi
	./compare -o "$OUT/comparison.json" "$OUT/peers.jsonl" "$@" > "$OUT/comparison.txt" 2>&1
fi
{
	echo '{"schema_version": 1,'
	printf '"date": "%s", "device": "%s", "effort": "%s",\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$DEVICE" "$EFFORT"
	printf '"version": "%s",\n' "$(head -n 1 VERSION)"
	echo '"steps":' && list "$OUT"/*.status && echo ','
	echo '"detect":' && file detect.json && echo ','
	echo '"evaluations":' && file evaluations.json && echo ','
	echo '"resident":' && file resident.json && echo ','
	echo '"peers":' && list "$OUT/peers.jsonl" && echo ','
	echo '"comparison":' && file comparison.json
	echo '}'
} > "$OUT/report.json"
{
	cat VERSION
	echo
	for s in "$OUT"/*.status; do sed 's/[{}"]//g' "$s"; done
	for part in detect launches bench; do
		if [ -s "$OUT/$part.log" ]; then printf '\n== %s\n' "$part" && cat "$OUT/$part.log"; fi
	done
	if [ -s "$OUT/comparison.txt" ]; then printf '\n== beside the peers\n' && cat "$OUT/comparison.txt"; fi
	for part in conformance sanitizer ops peers; do
		if [ -s "$OUT/$part.log" ]; then printf '\n== %s: failures and the end\n' "$part" && grep -E -A 12 -- '--- FAIL|panic|ERROR SUMMARY|Error:' "$OUT/$part.log" | head -n 200 && tail -n 5 "$OUT/$part.log"; fi
	done
} > "$OUT/report.txt" 2>&1
echo "written: $OUT/report.json, $OUT/report.txt"
if grep -q '"status": "failed"' "$OUT"/*.status; then exit 1; fi
