#!/bin/bash
# Same seed, same bytes; other seed, other bytes; every scene makes what its name says, at its own pace and made
# beforehand (--fast); lengths and checksums are right (tcpdump looks, where there is one); flows and shares are
# exact; the summary adds up; wrong words on the command line are refused.
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

checksums_right() { # WHAT: of $tmp/a
	command -v tcpdump >/dev/null || return
	tcpdump -nvvr "$tmp/a" 2>/dev/null |
		grep -E '^[0-9][^>]*bad (cksum|length)|bad udp cksum|\(incorrect|wrong icmp' >"$tmp/bad"
	[ -s "$tmp/bad" ] && fail "$1: $(head -1 "$tmp/bad")"
}

told() { # NAME: of the summary in $tmp/json
	grep -oE "\"$1\":[0-9]+" "$tmp/json" | cut -d: -f2
}

adds_up() { # WHAT N
	local n=$2

	if [ "$(told sent)" -ne "$n" ] || [ "$(told offered)" -ne "$n" ] ||
		[ $(($(told attack) + $(told answers) + $(told normal))) -ne "$n" ] ||
		[ $(($(told ipv4) + $(told ipv6))) -ne "$n" ]; then
		fail "$1: does not add up: $(cat "$tmp/json")"
	fi
}

flows_are() { # N FLOOD-WORDS...: so many pairs of addresses and ports
	local n=$1 there

	shift
	command -v tcpdump >/dev/null || return
	quiet "$flood" "$@" -o "$tmp/a"
	there=$(tcpdump -nnr "$tmp/a" 2>/dev/null | awk '{ print $2, $3, $5 }' | sort -u | wc -l)
	[ "$there" -eq "$n" ] || fail "$*: $there flows, not $n"
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
		checksums_right "$scene $family"
	done
	quiet "$flood" "$scene" --fast --ipv6-share 0.4 --normal 0.2 -n 3000 -o "$tmp/a" --json >"$tmp/json"
	checksums_right "$scene --fast"
	adds_up "$scene --fast" 3000
	quiet "$flood" "$scene" --fast --ipv6-share 0.4 --normal 0.2 -n 3000 -o "$tmp/b"
	cmp -s "$tmp/a" "$tmp/b" || fail "$scene --fast: the same seed gave other bytes"
	quiet "$flood" "$scene" --fast --ipv6-share 0.4 --normal 0.2 -n 3000 -o "$tmp/b" --seed 2
	cmp -s "$tmp/a" "$tmp/b" && fail "$scene --fast: another seed gave the same bytes"
done
command -v tcpdump >/dev/null || echo "no tcpdump: checksums were not looked at"

quiet "$flood" normal --rate 5000 -s 120 -o "$tmp/a"
made=$(grep -oE '[0-9]+ packets' "$tmp/error" | cut -d' ' -f1)
((made > 300000 && made < 1200000)) || fail "normal --rate 5000: $made packets in 120 s"
quiet "$flood" syn_flood --rate 5000 -s 3 -o "$tmp/a"
grep -qE ' (1499[0-9]|1500[0-9]) packets' "$tmp/error" || fail "the rate is wrong: $(cat "$tmp/error")"

for way in "" --fast; do
	# shellcheck disable=SC2086 # no argument where it is empty
	{
		flows_are 3000 syn_flood $way --flows 3000 -n 7000
		flows_are 3000 syn_flood $way --flows 3000 -n 7000 --ipv6
		flows_are 2500 dns_amplification $way --flows 2500 -n 6000
		flows_are 1500 udp_flood $way --flows 1500 -n 6000 --source 192.0.2.0/24
		quiet "$flood" udp_flood $way --ipv6-share 0.25 -n 20000 -o "$tmp/a" --json >"$tmp/json"
	}
	adds_up "udp_flood $way" 20000
	share=$(told ipv6)
	((share > 4800 && share < 5200)) || fail "--ipv6-share 0.25 $way: $share of 20000"
done
[ "$share" -eq 5000 ] || fail "--fast --ipv6-share 0.25: $share of 20000, not exact"
quiet "$flood" syn_flood --fast --rate 123456 -s 2 -o "$tmp/a" --json >"$tmp/json"
adds_up "a rate" 246912
# More than one round through what was made beforehand: every packet is another all the same.
quiet "$flood" syn_flood --fast -n 40000 -o "$tmp/a"
if command -v tcpdump >/dev/null; then
	senders=$(tcpdump -nnr "$tmp/a" 2>/dev/null | awk '{ print $3 }' | sort -u | wc -l)
	((senders > 39900)) || fail "--fast: $senders senders of 40000 forged ones"
fi

refused
refused no_such_scene -o "$tmp/a"
refused syn_flood
refused syn_flood -o "$tmp/a" --rate fast
refused syn_flood -o "$tmp/a" --target 10.0.0.300
refused syn_flood -o "$tmp/a" --port 65536
refused syn_flood -o "$tmp/a" --delay 99
refused syn_flood -o "$tmp/a" --no-such-option
refused syn_flood -o "$tmp/a" --rate max
refused syn_flood -o "$tmp/a" --drop
refused syn_flood -o "$tmp/a" --fast --delay 1
refused syn_flood -o "$tmp/a" --flows 10 --forged
refused syn_flood -o "$tmp/a" --flows 100000 --source 192.0.2.7
refused vertical_scan -o "$tmp/a" --flows 10
refused syn_flood -o "$tmp/a" --ipv6 --ipv6-share 0.5
refused syn_flood -o "$tmp/a" --ipv6-share 1.5
refused syn_flood -o - --json
refused syn_flood udp_flood -o "$tmp/a"
"$flood" syn_flood -n 10 -o "$tmp/no/such/folder/a" 2>"$tmp/error"
[ $? -eq 1 ] || fail "a folder that is not there was accepted"
"$flood" syn_flood -n 100000 -o /dev/full 2>"$tmp/error"
[ $? -eq 1 ] || fail "a full disk was not noticed"
echo "ok: $(wc -w <<<"$scenes") scenes, both families"
