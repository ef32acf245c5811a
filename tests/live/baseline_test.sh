#!/bin/bash
# A baseline is sampled from live traffic, over a crash of the sensor, and a model trained of it; the model is activated
# under load without losing a packet, is used after a restart, and taken back.
. "$(dirname "$0")/lib.sh"
need curl dig iperf3 hping3

ask() { # COMMAND...: of weir, to the sensor
	"$weir" "$@" --redis "unix:$tmp/redis.sock" --sensor "$SENSOR" >"$tmp/reply" 2>&1
}

again() { # a sensor, and a mirror that begins with it
	in_space server tc qdisc del dev eth0 clsact
	earlier=$(mirrored)
	sensor_start "$tmp/weir.json"
	wait_for 5 "the sensor does not answer" ask baseline status
}

seen_since() { # what was mirrored for this sensor
	[ "$(statistic .accounting.seen)" = $(($(mirrored) - earlier)) ]
}

seen_vectors() { # N: of flows, at least
	ask baseline status || fail "weir baseline status: $(cat "$tmp/reply")"
	[ "$(sed -nE 's/.*flow vectors: ([0-9]+) seen.*/\1/p' "$tmp/reply")" -ge "$1" ]
}

saved_since() { # MARK
	[ "$state/baseline.host" -nt "$1" ]
}

lab_up baseline
state=$tmp/spool/state
services_up
configuration '.sensor.save_s = 1 | .ports[0].driver = "af_packet" | .eal.huge_pages = "off"' >"$tmp/weir.json"
sensor_start "$tmp/weir.json"

wait_for 5 "the sensor does not answer" ask baseline status
ask baseline stop && fail "a baseline was stopped that there is not"
ask model rollback flow && fail "something was taken back that there is not"
ask baseline start --for 10m || fail "weir baseline start: $(cat "$tmp/reply")"
ask baseline start --for 10m && fail "two baselines at once"
normal_traffic 25 >/dev/null 2>&1 &
traffic=$!
wait_for 15 "no flow vectors: \$(cat \"$tmp/reply\")" seen_vectors 100
touch "$tmp/mark"
wait_for 5 "the sample was not saved" saved_since "$tmp/mark"

disown "$sensor_pid"
stop_pid "$sensor_pid" KILL
sensor_pid=
again
grep -q "baseline: goes on after" "$tmp/weird.log" || fail "a crash ended it: $(cat "$tmp/weird.log")"
seen_vectors 90 || fail "a crash lost more than a second: $(cat "$tmp/reply")"
wait "$traffic"
seen_vectors 150 || fail "nothing came after the crash: $(cat "$tmp/reply")"
ask baseline stop || fail "weir baseline stop: $(cat "$tmp/reply")"
wait_for 10 "no table was written" test -s "$state/baseline-host.csv"
[ ! -e "$state/baseline.flow" ] || fail "the sample is left over"
ask baseline status
grep -q "over, of" "$tmp/reply" || fail "the end is not told: $(cat "$tmp/reply")"
rows=$(($(wc -l <"$state/baseline-flow.csv") - 1))

"$weir" train --rows flow "$state/baseline-flow.csv" -o "$tmp/flow.weir" >"$tmp/train.log" 2>&1 || fail "weir train: $(cat "$tmp/train.log")"
in_space client timeout -k 0.3 -s INT 8 hping3 -q -S -p 80 --rand-source -i u200 $SERVER_IP >/dev/null 2>&1 &
lab_pids+=("$!")
flood_pid=$!
started
for _ in 1 2 3; do
	ask model activate "$tmp/flow.weir" || fail "weir model activate: $(cat "$tmp/reply")"
	ask model rollback flow || fail "weir model rollback: $(cat "$tmp/reply")"
done
ask model activate "$tmp/weir.json" && fail "a configuration was taken for a model"
ask model activate "$tmp/flow.weir" || fail "weir model activate: $(cat "$tmp/reply")"
ask model history
grep -q "flow: 4 forest .*(in use)" "$tmp/reply" || fail "weir model history: $(cat "$tmp/reply")"
wait "$flood_pid"
# shellcheck disable=SC2016 # looked at when it is said
wait_for 5 'mirrored $(($(mirrored) - earlier)), but seen $(statistic .accounting.seen)' seen_since
stats_last | jq -e '.accounting | .seen == .analysed + .malformed' >/dev/null || fail "packets were lost: $(stats_last | jq -c .accounting)"
sensor_stop

again
ask model history
grep -q "flow: 4 forest .*(in use)" "$tmp/reply" || fail "a restart forgot the model: $(cat "$tmp/reply")"
truncate -s 100 "$state/models/flow-4.weir"
sensor_stop
again
grep -q "an activated model cannot be used" "$tmp/weird.log" || fail "a damaged model is not told of: $(cat "$tmp/weird.log")"
sensor_stop
echo "ok: $rows flow vectors"
