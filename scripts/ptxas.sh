#!/bin/sh
# Fetches NVIDIA's assembler, ptxas, without installing it, and prints its path.
# Usage: scripts/ptxas.sh [folder]   (default: quern/ptxas in the user's cache)
#
# The program comes from the non-free package nvidia-cuda-toolkit of the system's
# own Debian mirror, unpacked in the folder; nothing of the system changes, and no
# root is needed. With it, `QUERN_PTXAS=$(scripts/ptxas.sh) go test ./kernels/ptx`
# assembles every kernel text. Where the package cannot be had, one line on
# standard error says why, and the exit status is 1.
set -eu
dir=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/quern/ptxas}
package=nvidia-cuda-toolkit

fail() {
	echo "ptxas.sh: $*" >&2
	exit 1
}

if found=$(command -v ptxas); then
	echo "$found"
	exit
fi
if [ -x "$dir/ptxas" ]; then
	echo "$dir/ptxas"
	exit
fi
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
	fail "no ptxas on PATH, and no apt-get and dpkg-deb to fetch $package with"
sources=/etc/apt/sources.list.d/debian.sources
[ -r "$sources" ] || fail "no $sources to take the mirror from: set QUERN_PTXAS to a ptxas of your own"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial" "$work/cache/archives/partial" "$dir"
# The system's own mirror and suites, with the components in which the package is.
sed 's/^Components:.*/Components: main contrib non-free/' "$sources" >"$work/parts/all.sources"
apt() {
	apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" \
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" "$@" >"$work/log" 2>&1
}
apt update || fail "package lists: $(tail -n 1 "$work/log")"
(cd "$work" && apt download "$package") || fail "$package: $(tail -n 1 "$work/log")"
dpkg-deb -x "$work/$package"_*.deb "$work/tree" || fail "$package: cannot be unpacked"
binary=$(find "$work/tree" -type f -name ptxas | head -n 1)
[ -n "$binary" ] || fail "$package: has no ptxas"
cp "$binary" "$dir/ptxas.new" && chmod +x "$dir/ptxas.new" && mv "$dir/ptxas.new" "$dir/ptxas"
"$dir/ptxas" --version >/dev/null 2>&1 || fail "$dir/ptxas: does not run here"
echo "$dir/ptxas"
