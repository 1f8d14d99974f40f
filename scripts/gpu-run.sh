#!/bin/sh
# Tests and measures this machine's GPU: made by scripts/gpu-bundle.sh, needs no Go.
#
#   ./run.sh                        everything
#   ./run.sh conformance bench      some steps
#   ./run.sh --budget 540           as much as can be done in 540 seconds
#
# Steps, the most important first: detect, conformance, ops, launches, bench, peers, fast, sanitizer. Each may be run on
# its own, later ones keep what earlier ones have found; the report is made anew after every step, so that one that is
# cut short loses nothing. The step peers measures again what it compares: CuPy, torch and JAX in turn with Quern.
#
#   DEVICE=cuda:0     the device for the benchmarks and the tests of ops
#   EFFORT=normal     of the conformance suite: short, normal or long; short with a budget
#   QUICK=1           small arrays: does it work?
#   SHARDS=13         how many processes share the tests; as a rule by cores and memory
#   STEP_SECONDS=540  the limit of each step; with a budget also what is left of it
#   OUT=report        where report.json, report.txt and the log of each step go; clocks.csv is the GPU's state meanwhile
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
all='detect conformance ops launches bench peers fast sanitizer'
steps=${*:-$all}
mkdir -p "$OUT"

short=
if [ "$EFFORT" = short ]; then short=-test.short; fi
if [ "$EFFORT" = long ]; then export QUERN_LONG=1; fi
quick=
if [ -n "$QUICK" ]; then quick=--quick; fi

# left prints the seconds that a command may take: what is left of the step's, or of the budget.
left() {
	now=$(date +%s)
	rest=$((started + STEP_SECONDS - now))
	if [ -n "$budget" ]; then
		for end in $((started + budget * share / 100)) $((begun + budget)); do
			if [ $((end - now)) -lt "$rest" ]; then rest=$((end - now)); fi
		done
	fi
	if [ "$rest" -lt 1 ]; then rest=1; fi
	echo "$rest"
}

# limited COMMAND… runs a command for at most that long.
limited() {
	if command -v timeout > /dev/null; then timeout "$(left)" "$@"; else "$@"; fi
}

# say STEP STATUS REASON notes how a step ended, with the tests that its log tells of.
say() {
	words=
	fields=
	# shellcheck disable=SC2046 # three numbers or none
	set -- "$1" "$2" "$3" $(count "$OUT/$1.log")
	if [ $# -gt 3 ]; then
		words=": $4 tests passed, $5 failed, $6 skipped"
		fields=", \"passed\": $4, \"failed\": $5, \"skipped\": $6"
	fi
	echo "$1: $2${3:+ ($3)}$words"
	printf '{"step": "%s", "status": "%s", "reason": "%s"%s}\n' "$1" "$2" "$3" "$fields" > "$OUT/$1.status"
}

# count LOG prints how many tests have passed, failed and been skipped, if there are any: each once, also if several
# processes ran it, and without those that have others below them.
count() {
	if [ -s "$1" ]; then
		awk '/^ *--- (PASS|FAIL|SKIP): / {
			any = 1
			seen[$3]
			how[$3, $2]
			for (name = $3; sub("/[^/]*$", "", name);) above[name]
		}
		END {
			for (name in seen)
				if (!(name in above)) n[(name, "FAIL:") in how ? "failed" : (name, "PASS:") in how ? "passed" : "skipped"]++
			if (any) print n["passed"] + 0, n["failed"] + 0, n["skipped"] + 0
		}' "$1"
	fi
}

# step NAME COMMAND… runs a command with its log, and notes how it ended. A test that was skipped is not one that has
# passed.
step() {
	name=$1
	shift
	echo "$name: $*"
	"$@" > "$OUT/$name.log" 2>&1
	code=$?
	took=$(($(date +%s) - started))
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

# shards prints how many processes share the tests: no more than there are cores, and 2 GiB for each of the host's
# memory and of the GPU's.
shards() {
	{
		echo "${SHARDS:-16}"
		if [ -z "${SHARDS:-}" ]; then
			nproc 2> /dev/null
			awk '$1 == "MemAvailable:" { print int($2 / 2^21) }' /proc/meminfo
			awk '/^[0-9]+$/ { print int($1 / 2^31) }' /sys/fs/cgroup/memory.max
			nvidia-smi --query-gpu=memory.free --format=csv,noheader,nounits | awk '/^[0-9]+$/ { print int($1 / 2^11) }'
		fi 2> /dev/null
	} | sort -n | head -n 1 | awk '{ print $1 < 1 ? 1 : $1 }'
}

# sharded COMMAND… runs the command for every shard at once, with its number and how many there are.
sharded() {
	n=$(shards)
	echo "in $n processes"
	begun_shards=
	for i in $(seq "$n"); do
		"$@" "$i" "$n" > "$OUT/shard$i" 2>&1 &
		begun_shards="$begun_shards $!"
	done
	worst=0
	for shard in $begun_shards; do
		wait "$shard" || note $?
	done
	for i in $(seq "$n"); do
		cat "$OUT/shard$i"
		rm "$OUT/shard$i"
	done
	return "$worst"
}

conformance() {
	case $DEVICE in
	opencl*) binary=tests/opencl.test ;;
	*) binary=tests/cuda.test ;;
	esac
	sharded suite
}

# suite NUMBER OF is a share of the conformance suite: it divides itself.
suite() {
	limited env "QUERN_SHARD=$1/$2" "$binary" -test.v -test.run '^TestConformance$' $short -test.timeout 0
}

# Whole evaluations.
ops() (
	OUT=$(cd "$OUT" && pwd)
	cd tests/ops && sharded evaluations
)

# evaluations NUMBER OF runs every so-many-th test of ops on the device.
evaluations() {
	names=$(./ops.test -test.list '^(Test|Example|Fuzz)' | awk -v i="$1" -v n="$2" 'NR % n == i % n' | paste -sd '|' -)
	brief=-test.short
	if [ "$EFFORT" = long ]; then brief=; fi
	# shellcheck disable=SC2086 # a flag or none
	limited env "QUERN_DEVICE=$DEVICE" ./ops.test -test.v -test.run "^($names)\$" $brief -test.timeout 0
}

# The sanitizer slows everything down tenfold and more: as much of the suite at its smallest as a minute allows.
sanitizer() {
	end=$(($(date +%s) + 60))
	longest=0
	for i in $(seq 100); do
		one=$(date +%s)
		if [ "$i" -gt 1 ] && { [ $((one + longest)) -gt "$end" ] || [ "$longest" -gt "$(left)" ]; }; then break; fi
		limited env "QUERN_SHARD=$i/100" compute-sanitizer --error-exitcode 9 --target-processes all tests/cuda.test \
			-test.v -test.short -test.run '^TestConformance$/.*/^(Map|Reduce|Contract|Scan|Streams)$' -test.timeout 0 || return
		one=$(($(date +%s) - one))
		if [ "$one" -gt "$longest" ]; then longest=$one; fi
	done
}

launches() {
	limited tests/cuda.test -test.run '^$' -test.bench Hardware -test.benchtime 0.2s -test.count 2
}

# Arrays in the device's memory, in parts of which each is kept if another fails or is cut short, and the evaluations
# whose results are small.
bench() {
	rm -f "$OUT"/resident*.json "$OUT"/evaluations*.json
	worst=0
	measured resident --resident '^resident_(launch|copy|scale|add|triad|chain|sum|dot|x_plus)'
	measured resident_contractions --resident '^resident_(sgemm|dgemm|cdist)'
	measured evaluations_small '' '^launch'
	measured evaluations '' '^(matmul_sum|pi|european|asian|dot/|sum/)'
	measured resident_functions --resident '^resident_(exp|log|sin|tanh|uniform|normal)'
	return "$worst"
}

# Beside CuPy, torch and JAX, sampled in turn on the same device. One that is not there is left out.
peers() {
	rm -f "$OUT"/peers*.json
	worst=0
	measured peers_contractions '--resident --peers' '^resident_(sgemm|dgemm|cdist)'
	measured peers '--resident --peers' '^resident_(launch|copy|scale|add|triad|chain|sum|dot|x_plus)'
	measured peers_estimates --peers '^(pi|european|asian)'
	measured peers_functions '--resident --peers' '^resident_(exp|log|sin|tanh|uniform|normal)'
	return "$worst"
}

# Products and distances that need not be exact, with the error beside its bound: by cuBLAS where there is one, and by
# our own kernels.
fast() {
	rm -f "$OUT"/fast*.json
	worst=0
	workloads='^resident_(sgemm|cdist_euclidean)'
	measured fast '--resident --fast' "$workloads"
	QUERN_CUBLAS=off
	export QUERN_CUBLAS
	measured fast_own '--resident --fast' "$workloads"
	measured fast_bf16 '--resident --fast=bf16' "$workloads"
	unset QUERN_CUBLAS
	return "$worst"
}

# measured NAME FLAGS WORKLOADS saves a report and notes in worst how that failed.
measured() {
	# shellcheck disable=SC2086 # no flags, or several
	limited ./quern bench --device "$DEVICE" $quick $2 --save "$OUT/$1.json" --run "$3" || note $?
}

# note STATUS keeps in worst the first failure of a step, or that time has run out.
note() {
	if [ "$worst" = 0 ] || [ "$1" = 124 ]; then worst=$1; fi
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
		for f in evaluations_small resident resident_contractions resident_functions fast fast_own fast_bf16 peers peers_contractions peers_estimates; do
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

# The GPU's clocks and temperature explain figures that differ.
watch=
if command -v nvidia-smi > /dev/null; then
	nvidia-smi --query-gpu=timestamp,pstate,clocks.sm,clocks.mem,power.draw,temperature.gpu,memory.used --format=csv -l 1 > "$OUT/clocks.csv" 2> /dev/null &
	watch=$!
	trap 'kill "$watch" 2> /dev/null' EXIT
fi

for s in $steps; do
	started=$(date +%s)
	case $s in # of the budget, in per cent
	conformance) share=40 ;;
	ops) share=40 ;;
	*) share=100 ;;
	esac
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
