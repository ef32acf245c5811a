#!/bin/bash
# cli_same_test.sh WEIR WEIR-FLOOD: what `weir analyze` finds in a capture hangs on its packets alone: not on the number
# of cores, on how the file comes, or on how its packets fall into bursts.
set -u
weir=$1 flood=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0

fail() {
	echo "FAIL: $*" >&2
	bad=1
}

# analyse NAME [WRAPPER...] : the JSON of standard input, rows of flows and of hosts
analyse() {
	local name=$1
	shift
	"$@" "$weir" analyze --quiet --json --transitions --flows "$tmp/$name.flows" --hosts "$tmp/$name.hosts" - >"$tmp/$name.json" \
		|| fail "$name: weir analyze failed"
}

same() { # NAME WHAT
	local kind
	for kind in json flows hosts; do
		cmp -s "$tmp/plain.$kind" "$tmp/$1.$kind" && continue
		fail "$2: another $kind"
		diff "$tmp/plain.$kind" "$tmp/$1.$kind" | head -4 | cut -c1-400 >&2
	done
}

in_crumbs() { # a pipe that gives little at a time
	dd bs=777 status=none
}

# The same packets with each number of the file's headers turned around: another reader's.
swapped() { # FROM TO
	python3 - "$1" "$2" <<'END'
import struct
import sys

data = open(sys.argv[1], "rb").read()
out = bytearray(struct.pack(">IHHiIII", *struct.unpack_from("<IHHiIII", data)))
at = 24
while at < len(data):
    head = struct.unpack_from("<IIII", data, at)
    out += struct.pack(">IIII", *head) + data[at + 16:at + 16 + head[2]]
    at += 16 + head[2]
open(sys.argv[2], "wb").write(out)
END
}

one_scene() { # SCENE OPTION...
	local scene=$1
	shift
	"$flood" "$scene" -o "$tmp/scene.pcap" "$@" >/dev/null || { fail "$scene: weir-flood failed"; return; }
	swapped "$tmp/scene.pcap" "$tmp/swapped.pcap"
	analyse plain <"$tmp/scene.pcap"
	[ "$(wc -l <"$tmp/plain.flows")" -gt 100 ] || fail "$scene: nothing to compare"
	analyse again <"$tmp/scene.pcap"
	same again "$scene, a second time"
	analyse one taskset -c "$first_cpu" <"$tmp/scene.pcap"
	same one "$scene, on one core"
	in_crumbs <"$tmp/scene.pcap" | analyse crumbs
	same crumbs "$scene, in crumbs"
	analyse swapped <"$tmp/swapped.pcap"
	same swapped "$scene, by libpcap"
}

first_cpu=$(taskset -pc $$ | sed -E 's/.*: *([0-9]+).*/\1/')
# Ticks that each have more than a tick's judge can keep up with, and quiet ones.
one_scene syn_flood --rate 150000 --seconds 1 --normal 0.3
one_scene horizontal_scan --rate 20000 --seconds 3 --normal 1
one_scene normal --rate 20000 --seconds 8
one_scene dns_amplification --rate 5000 --seconds 4 --delay 2 --normal 0.5 --ipv6
[ "$bad" -eq 0 ] && echo "the same from one core and from all, from a file, a pipe and libpcap"
exit "$bad"
