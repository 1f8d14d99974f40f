#!/bin/sh
# Runs every fuzz test of the module for a while each.
# Usage: scripts/fuzz.sh [time]   (default 30s)
set -eu
time=${1:-30s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for pkg in $(go list ./...); do
	for name in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
		echo "== $pkg $name"
		# The go command also fails if the time is up while an input runs: then it reports
		# that and no input.
		if ! go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$pkg" >"$log" 2>&1; then
			cat "$log"
			if grep -q 'Failing input written' "$log" || ! grep -q '^ *context deadline exceeded' "$log"; then
				exit 1
			fi
		else
			tail -n 1 "$log"
		fi
	done
done
