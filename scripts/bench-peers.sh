#!/bin/sh
# Quern beside NumPy, SciPy, Numba and C on this machine, in turn, so that a disturbance meets both:
#
#   sh scripts/bench-peers.sh
#   ROUNDS=3 THREADS='1 2 4' WORK='gemm memory' sh scripts/bench-peers.sh
#
# Prints a table of ratios and writes it, with the machine's description, to bench/results/.
set -eu
cd "$(dirname "$0")/.."

ROUNDS=${ROUNDS:-2}
THREADS=${THREADS:-1 2}
WORK=${WORK:-matmul_sum gemm cdist pi memory functions transpose}
PYTHON=${PYTHON:-/usr/bin/python3}

missing=
command -v gcc > /dev/null || missing="$missing gcc libc6-dev"
command -v "$PYTHON" > /dev/null || missing="$missing python3"
for module in numpy scipy numba; do
	"$PYTHON" -c "import $module" 2> /dev/null || missing="$missing python3-$module"
done
ldconfig -p | grep -q 'libopenblas\.so' || missing="$missing libopenblas0-pthread"
if [ -n "$missing" ]; then
	echo "bench-peers: the peers need these Debian packages: apt-get install$missing" >&2
	exit 1
fi

# OpenBLAS takes some virtual CPUs for older ones than they are.
if grep -q avx512f /proc/cpuinfo; then OPENBLAS_CORETYPE=SkylakeX; else OPENBLAS_CORETYPE=Haswell; fi
export OPENBLAS_CORETYPE

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
gcc -O3 -march=native -fopenmp -o "$dir/stream" bench/peers/stream.c
CGO_ENABLED=0 go build -buildvcs=auto -o "$dir/quern" ./cmd/quern

# names GROUP prints the workloads of a group of numpy_peers.py, for quern bench --run.
names() {
	case $1 in
	matmul_sum) echo '^matmul_sum/' ;;
	gemm) echo '^[sd]gemm/' ;;
	cdist) echo '^cdist_euclidean/' ;;
	pi) echo '^pi/' ;;
	memory) echo '^(add|triad|dot|sum|sum_axis0|sum_axis1|add_in_place)/' ;;
	functions) echo '^(exp|log|sin|tanh|uniform|normal)/' ;;
	transpose) echo '^x_plus_xT' ;;
	*) echo "bench-peers: $1 is no group of bench/peers/numpy_peers.py" >&2; return 1 ;;
	esac
}

for round in $(seq "$ROUNDS"); do
	for t in $THREADS; do
		for group in $WORK; do
			echo "round $round of $ROUNDS, $t thread(s): $group" >&2
			run=$(names "$group")
			OPENBLAS_NUM_THREADS=$t NUMBA_NUM_THREADS=$t "$PYTHON" bench/peers/numpy_peers.py --only "$group" >> "$dir/peers.jsonl"
			"$dir/quern" bench --device "cpu:${t}threads" --run "$run" --save "$dir/quern-$round-$t-$group.json" > /dev/null
			if [ "$group" = memory ]; then "$dir/stream" "$t" >> "$dir/peers.jsonl"; fi
		done
	done
done

mkdir -p bench/results
out=bench/results/peers-$(date -u +%Y-%m-%dT%H%M%SZ).json
go run ./bench/peers/compare -o "$out" "$dir/peers.jsonl" "$dir"/quern-*.json
echo "written to $out" >&2
