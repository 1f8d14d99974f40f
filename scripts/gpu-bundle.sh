#!/bin/sh
# A self-contained folder for a linux/amd64 machine with a GPU and no Go: test binaries, the command, which has the
# peers' scripts in it, and run.sh, which runs everything, or what a budget of time allows, and writes one JSON and one
# text report.
#
#   sh scripts/gpu-bundle.sh [folder]      (default: bin/gpu-bundle)
#
# The binaries need a C library (they open the GPU's driver) and nothing else.
set -eu
cd "$(dirname "$0")/.."
dir=${1:-bin/gpu-bundle}
limit=60 # MiB

export CGO_ENABLED=0 GOOS=linux GOARCH=amd64
rm -rf "$dir"
mkdir -p "$dir/tests/ops"
go=${GO:-go}
build() { $go build -trimpath -buildvcs=auto -ldflags '-s -w' -o "$@"; }
tests() { $go test -c -trimpath -ldflags '-s -w' -o "$@"; }

build "$dir/quern" ./cmd/quern
tests "$dir/tests/cuda.test" ./device/cuda
if [ -d device/opencl ]; then tests "$dir/tests/opencl.test" ./device/opencl; fi
tests "$dir/tests/ops/ops.test" -tags drivers ./ops
cp -R ops/testdata "$dir/tests/ops/"
mkdir -p "$dir/tests/examples/data"
cp examples/data/iris.csv "$dir/tests/examples/data/"
cp scripts/gpu-run.sh "$dir/run.sh"
chmod +x "$dir/run.sh"
{
	git describe --always --dirty 2> /dev/null || echo unknown
	git log -1 --format='%H %cI' 2> /dev/null || true
	$go version
} > "$dir/VERSION"

size=$(du -sm "$dir" | cut -f1)
echo "$dir: $size MiB; on the machine with the GPU: $dir/run.sh"
if [ "$size" -gt "$limit" ]; then
	echo "gpu-bundle: $size MiB, expected at most $limit" >&2
	exit 1
fi
