#!/bin/bash
# The laboratory: an ordinary scene raises nothing, two attacks are named, the verdicts say so, a scene of a tool that is not
# there is told and not passed over, and nothing is left behind, not even by one that is interrupted.
. "$(dirname "$0")/lib.sh"
need hping3 nmap curl tcpdump ip jq ping

folder=$(mktemp -d "${TMPDIR:-/tmp}/weir-labtest.XXXXXX") || exit 1
lab_pid=
end() {
	if [ -n "$lab_pid" ]; then stop_pid "$lab_pid"; fi
	rm -rf "$folder"
}
trap end EXIT
mkdir "$folder/tmp"
export TMPDIR=$folder/tmp # what the laboratory leaves there is its fault

mkdir "$folder/scenes"
cp tools/lab.d/{normal_ping,syn_flood,nmap_syn}.sh "$folder/scenes/"
cat >"$folder/scenes/ghost.sh" <<'END'
# type: attack
# kind: syn_flood
# tools: no-such-tool
play() { true; }
END
sed 's/no-such-tool/curl/; s/^# kind/# source: attacker\n# kind/' "$folder/scenes/ghost.sh" >"$folder/scenes/mute.sh"

tools/lab play normal_ping syn_flood nmap_syn ghost mute --scenes "$folder/scenes" --build "$build" --attack 2 --rest 1 --config '.detect.close_ms = 1000' \
	--seed 7 --json --events "$folder/events" --truth "$folder/truth" --record "$folder" >"$folder/verdicts" 2>"$folder/said"
code=$?
is() { # WHAT JQ-FILTER
	jq -e "$2" "$folder/verdicts" >/dev/null || fail "$1: $(cat "$folder/said"; jq -c .scenes "$folder/verdicts")"
}
is "five scenes" '.scenes | map(.scene) == ["normal_ping", "syn_flood", "nmap_syn", "ghost", "mute"]'
is "what was played" '.scenes | map(.status) == ["played", "played", "played", "not run", "failed"]'
is "a tool that is not there" '.scenes[3].why | test("apt-get install no-such-tool")'
is "a scene that sends nothing" '.scenes[4].why | test("only [0-9] packets")'
is "three are well" '.scenes[:3] | map(.ok) | all'
is "ordinary traffic raises nothing" '.scenes[0] | .ok and .wrong == []'
is "the flood is named" '.scenes[1] | .named == "syn_flood" and .named_target == "10.99.0.2" and .closed_ms > 0'
is "the scan is named" '.scenes[2] | .named == "vertical_scan" and .named_target == "10.99.0.2"'
is "nothing else" '.summary.wrong_alarms == 0'
[ "$code" -eq 1 ] || fail "two scenes were not played, and the exit code is $code: $(cat "$folder/said")"

# What was kept tells the same story without the laboratory.
tools/lib/judge.py --json "$folder/truth" "$folder/events" | cmp -s - "$folder/verdicts" \
	|| fail "the files that were kept say otherwise"
found=$("$weir" analyze --json "$folder/syn_flood.pcap" 2>&1 | jq -r 'select(.type == "alarm") | "\(.kind) \(.target)"' 2>&1 | sort -u)
[ "$found" = "syn_flood $SERVER_IP" ] || fail "the capture of the flood has $found"
grep -q '^nmap_syn.pcap,mixed,vertical_scan,10.99.0.2,10.99.0.66,' "$folder/labels.csv" || fail "labels: $(cat "$folder/labels.csv")"

# Interrupted: by a signal, in the middle of a scene.
tools/lab play nmap_polite --build "$build" --alone >"$folder/cut" 2>&1 &
lab_pid=$!
scans() {
	ip netns pids "wlab${lab_pid}attacker" 2>/dev/null | xargs -r -n1 ps -o comm= -p | grep -qx nmap
}
wait_for 40 "the scene does not begin" scans
kill -TERM "$lab_pid"
code=0
wait "$lab_pid" || code=$?
gone=$lab_pid
lab_pid=
[ "$code" -eq 143 ] || fail "interrupted, it ends with exit code $code: $(cat "$folder/cut")"
if ip netns list | grep "^wlab$gone"; then fail "these namespaces are left behind"; fi
[ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
