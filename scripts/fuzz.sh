#!/bin/sh
# Runs every fuzz test of the module for a while each.
# Usage: scripts/fuzz.sh [time]   (default 30s)
set -eu
time=${1:-30s}
for pkg in $(go list ./...); do
	for name in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
		echo "== $pkg $name"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$pkg"
	done
done
