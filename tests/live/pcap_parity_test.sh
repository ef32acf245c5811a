#!/bin/bash
# A capture through weird (a file as its port) and through `weir analyze`: the same transitions of the same alarms, byte
# for byte but for what names the sensor.
. "$(dirname "$0")/lib.sh"
lab_begin parity

plain() { # transitions without ids and the sensor's name, one a line
	jq -cS 'select(.type == "alarm") | del(.id, .sensor)' "$1"
}

compare() { # CAPTURE
	jq -n --arg file "$1" --arg out "$tmp/live" \
		'{sensor: {name: "parity"}, ports: [{file: $file}], publish: {file: $out}}' >"$tmp/weir.json"
	rm -f "$tmp/live"
	timeout 120 "$weird" --config "$tmp/weir.json" >"$tmp/weird.log" 2>&1 || fail "weird on $1: exit code $?"
	"$weir" analyze --json --transitions --config "$tmp/weir.json" "$1" >"$tmp/offline" 2>"$tmp/error" \
		|| fail "weir analyze $1: $(cat "$tmp/error")"
	plain "$tmp/live" >"$tmp/a"
	plain "$tmp/offline" >"$tmp/b"
	cmp -s "$tmp/a" "$tmp/b" || fail "$1: $(diff "$tmp/a" "$tmp/b" | head -4 | cut -c1-400)"
	echo "$(basename "$1"): $(wc -l <"$tmp/a") transitions, the same"
}

for scene in normal syn_flood udp_flood dns_amplification vertical_scan horizontal_scan; do
	"$flood" "$scene" -o "$tmp/$scene.pcap" --seconds 6 --delay 2 --length 2 --normal 0.05 2>"$tmp/error" \
		|| fail "weir-flood $scene: $(cat "$tmp/error")"
	compare "$tmp/$scene.pcap"
	[ "$scene" = normal ] || [ -s "$tmp/a" ] || fail "$scene: no alarm at all"
done
"$flood" syn_flood --ipv6 -o "$tmp/syn6.pcap" --seconds 4 --length 2 --normal 0.05 2>/dev/null
compare "$tmp/syn6.pcap"
if [ -d ../shared/captures ]; then
	while read -r capture; do
		compare "$PWD/../shared/captures/$capture"
	done < <(cd ../shared/captures && find . -name '*.pcap' -size +200k -size -4000k | sort | awk 'NR % 12 == 0' | head -12)
else
	echo "SKIP (this part): no ../shared/captures: only made traffic was compared"
fi
