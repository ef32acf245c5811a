#!/bin/bash
# Same seed, same bytes; other seed, other bytes; every scene makes what its name says; lengths and checksums
# are right (tcpdump looks, where there is one); wrong words on the command line are refused.
# usage: flood_test.sh WEIR-FLOOD
set -u
flood=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

quiet() { # what it says matters only when it fails
	"$@" 2>"$tmp/error" || fail "$*: $(cat "$tmp/error")"
}

refused() { # WORDS...: a usage error in one line
	"$flood" "$@" >"$tmp/out" 2>"$tmp/error"
	local rc=$?
	[ $rc -eq 2 ] || fail "$*: exit code $rc, not 2"
	[ "$(wc -l <"$tmp/error")" -eq 1 ] || fail "$*: not one line: $(cat "$tmp/error")"
}

scenes=$("$flood" --list | cut -d' ' -f1)
[ "$(wc -w <<<"$scenes")" -ge 44 ] || fail "scenes are missing: $scenes"

for scene in $scenes; do
	for family in "" --ipv6; do
		# shellcheck disable=SC2086 # an empty family is no argument
		quiet "$flood" "$scene" $family -n 2000 -o "$tmp/a" --truth "$tmp/truth"
		# shellcheck disable=SC2086
		quiet "$flood" "$scene" $family -n 2000 -o - >"$tmp/b"
		cmp -s "$tmp/a" "$tmp/b" || fail "$scene $family: the same seed gave other bytes"
		# shellcheck disable=SC2086
		quiet "$flood" "$scene" $family -n 2000 -o "$tmp/b" --seed 2
		cmp -s "$tmp/a" "$tmp/b" && fail "$scene $family: another seed gave the same bytes"
		case $scene in
		*_flood | *_scan | *_amplification)
			grep -q "^$scene," "$tmp/truth" || fail "$scene: not in its truth: $(cat "$tmp/truth")"
			;;
		*)
			[ "$(wc -l <"$tmp/truth")" -eq 1 ] || fail "$scene: an attack in an ordinary scene"
			;;
		esac
		if command -v tcpdump >/dev/null; then
			tcpdump -nvvr "$tmp/a" 2>/dev/null |
				grep -E '^[0-9][^>]*bad (cksum|length)|bad udp cksum|\(incorrect|wrong icmp' >"$tmp/bad"
			[ -s "$tmp/bad" ] && fail "$scene $family: $(head -1 "$tmp/bad")"
		fi
	done
done
command -v tcpdump >/dev/null || echo "no tcpdump: checksums were not looked at"

quiet "$flood" normal --rate 5000 -s 120 -o "$tmp/a"
made=$(grep -oE '[0-9]+ packets' "$tmp/error" | cut -d' ' -f1)
((made > 300000 && made < 1200000)) || fail "normal --rate 5000: $made packets in 120 s"
quiet "$flood" syn_flood --rate 5000 -s 3 -o "$tmp/a"
grep -qE ' (1499[0-9]|1500[0-9]) packets' "$tmp/error" || fail "the rate is wrong: $(cat "$tmp/error")"

refused
refused no_such_scene -o "$tmp/a"
refused syn_flood
refused syn_flood -o "$tmp/a" --rate fast
refused syn_flood -o "$tmp/a" --target 10.0.0.300
refused syn_flood -o "$tmp/a" --port 65536
refused syn_flood -o "$tmp/a" --delay 99
refused syn_flood -o "$tmp/a" --no-such-option
refused syn_flood udp_flood -o "$tmp/a"
"$flood" syn_flood -n 10 -o "$tmp/no/such/folder/a" 2>"$tmp/error"
[ $? -eq 1 ] || fail "a folder that is not there was accepted"
"$flood" syn_flood -n 100000 -o /dev/full 2>"$tmp/error"
[ $? -eq 1 ] || fail "a full disk was not noticed"
echo "ok: $(wc -w <<<"$scenes") scenes, both families"
