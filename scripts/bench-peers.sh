#!/bin/sh
# Quern beside its peers on this machine: installs what is missing from Debian where it may, then runs
# quern bench --peers and keeps the report in bench/results/.
#
#   sh scripts/bench-peers.sh
#   THREADS=2 sh scripts/bench-peers.sh --run 'gemm|sum'
set -eu
cd "$(dirname "$0")/.."

# Packages of Debian, in the order of the peers; any may be missing in a release.
packages="gcc libc6-dev python3-numpy libopenblas0-pthread python3-scipy python3-sklearn python3-numexpr python3-numba python3-torch"
if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
	for package in $packages; do
		dpkg -s "$package" > /dev/null 2>&1 || apt-get install -y -qq --no-install-recommends "$package" > /dev/null ||
			echo "bench-peers: apt-get cannot install $package" >&2
	done
else
	echo "bench-peers: installs nothing (needs root and apt-get); peers that are missing will be named" >&2
fi

CGO_ENABLED=0 make -s build GO="${GO:-go}"
out=bench/results/peers-$(date -u +%Y-%m-%dT%H%M%SZ)
mkdir -p bench/results
bin/quern bench --peers --threads "${THREADS:-1,2}" --save "$out.json" --html "bin/$(basename "$out").html" "$@"
echo "written to $out.json and bin/$(basename "$out").html" >&2
