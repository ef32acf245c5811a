#!/bin/bash
# The laboratory: an ordinary scene raises nothing, two attacks are named, the verdicts say so, a scene of a tool that is not
# there is told and not passed over, and nothing is left behind, not even by one that is interrupted.
. "$(dirname "$0")/lib.sh"
need hping3 nmap curl tcpdump ip jq ping

spaces() {
	ip netns list | grep -o '^wlab[0-9]*' | sort -u
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/weir-labtest.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
before=$(spaces)

tools/lab play normal_ping syn_flood nmap_syn --build "$build" --attack 2 --rest 2 --config '.detect.close_ms = 1000' --seed 7 --json \
	--events "$folder/events" --truth "$folder/truth" --record "$folder" >"$folder/verdicts" 2>"$folder/said"
code=$?
is() { # WHAT JQ-FILTER
	jq -e "$2" "$folder/verdicts" >/dev/null || fail "$1: $(cat "$folder/said"; jq -c .scenes "$folder/verdicts")"
}
is "three scenes" '.scenes | map(.scene) == ["normal_ping", "syn_flood", "nmap_syn"]'
is "all played" '.scenes | map(.status == "played") | all'
is "ordinary traffic raises nothing" '.scenes[0] | .ok and .wrong == []'
is "the flood is named" '.scenes[1] | .named == "syn_flood" and .named_target == "10.99.0.2" and .closed_ms > 0'
is "the scan is named" '.scenes[2] | .named == "vertical_scan" and .named_target == "10.99.0.2"'
is "nothing else" '.summary.wrong_alarms == 0'
[ "$code" -eq 0 ] || fail "exit code $code: $(cat "$folder/said")"

# What was kept tells the same story without the laboratory.
tools/lib/judge.py --json "$folder/truth" "$folder/events" | cmp -s - "$folder/verdicts" || fail "the files that were kept say otherwise"
"$weir" analyze --json "$folder/syn_flood.pcap" | jq -es 'map(select(.type == "alarm") | "\(.kind) \(.target)") | unique == ["syn_flood 10.99.0.2"]' >/dev/null || fail "the capture of the flood has no flood"
grep -q '^nmap_syn.pcap,mixed,vertical_scan,10.99.0.2,10.99.0.66,' "$folder/labels.csv" || fail "labels: $(cat "$folder/labels.csv")"

# Interrupted: by a signal, in the middle of a scene.
tools/lab play nmap_polite --build "$build" --alone >"$folder/cut" 2>&1 &
lab_pid=$!
for _ in {1..100}; do
	[ "$(spaces)" != "$before" ] && ip netns pids "$(spaces | grep -vxF "$before" | head -1)attacker" 2>/dev/null | grep -q . && break
	sleep 0.1
done
kill -TERM "$lab_pid"
code=0
wait "$lab_pid" || code=$?
[ "$code" -eq 143 ] || fail "interrupted, it ends with exit code $code: $(cat "$folder/cut")"
[ "$(spaces)" = "$before" ] || fail "namespaces are left behind: $(spaces)"
for left in "${TMPDIR:-/tmp}"/weir-lab.*; do
	[ ! -e "$left" ] || [ "$(stat -c %Y "$left")" -lt "$(stat -c %Y "$folder")" ] || fail "left behind: $left"
done
