#!/bin/bash
# Every script compiles, calls only what Pktgen has, with arguments that it takes, and sets up what its name says:
# IPv4 and IPv6, with the settings of the environment; and a fake of the API that finds mistakes does find them.
# usage: run.sh
set -u
cd "$(dirname "$0")/.." || exit 1
command -v lua5.3 >/dev/null || { echo "SKIP: there is no lua5.3; tools/setup installs it"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

passes() { # NAME [SETTING=VALUE...]
	local name=$1

	shift
	env "$@" lua5.3 test/check.lua . "$name" >"$tmp/out" 2>&1 || fail "$name $*: $(cat "$tmp/out")"
}

fails() { # WORDS-IT-SAYS LUA: a script with a mistake
	printf 'local flood = dofile("%s/lib/flood.lua")\n%s\n' "$PWD" "$2" >"$tmp/wrong/syn_flood.lua"
	lua5.3 test/check.lua "$tmp/wrong" syn_flood >"$tmp/out" 2>&1 && fail "this mistake was not found: $2"
	grep -qF "$1" "$tmp/out" || fail "said '$(cat "$tmp/out")', not '$1'"
}

for file in *.lua lib/*.lua test/*.lua; do
	luac5.3 -p "$file" || fail "$file"
done
n=0
for file in *.lua; do
	name=${file%.lua}
	n=$((n + 1))
	passes "$name"
	passes "$name" FLOOD_SECONDS=2.5 FLOOD_RATE=0.5 FLOOD_PORT=0,1 FLOOD_DST_MAC=02:00:00:00:00:09 FLOOD_TARGET=192.0.2.1
	passes "$name" FLOOD_SIZE=200
	[ "$name" = fragment_flood ] || passes "$name" FLOOD_IPV6=1
done
FLOOD_RATE=fast lua5.3 test/check.lua . syn_flood >"$tmp/out" 2>&1 && fail "a rate that is no number was taken"

# Every kind that weir names has its script.
for kind in syn synack ack pshack fin rst synfin xmas null udp icmp fragment; do
	[ -f "${kind}_flood.lua" ] || fail "no ${kind}_flood.lua"
done
mkdir -p "$tmp/wrong"
ln -s "$PWD/test" "$tmp/wrong/test"
kind='title = "SYN flood", protocol = "tcp", sources = "forged", dport = 80'
fails "flags are" "flood.random({ $kind, flags = 'SA' })"
fails "the last byte of the source" "flood.random({ title = 'SYN flood', protocol = 'tcp', flags = 'S', dport = 80 })"
fails "Pktgen has no tcp_flags" 'pktgen.tcp_flags("0", "syn")'
fails "Pktgen has no range.tcp_flags" 'pktgen.range.tcp_flags("0", "syn")'
fails "takes 3 arguments, not 2" 'pktgen.set("0", "rate")'
fails "argument 2 is speed" 'pktgen.set("0", "speed", 1)'
fails "the range mode ends random bits" 'pktgen.rnd("0", 0, 26, "X") pktgen.set_range("0", "on")'
fails "argument 4 is 2" 'pktgen.rnd("0", 0, 26, "2")'
fails "started 0 times" ''
echo "ok: $n scripts"
