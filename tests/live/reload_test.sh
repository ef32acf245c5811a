#!/bin/bash
# The configuration is read again under load, by SIGHUP and by command: no packet is lost, new thresholds count, a wrong
# file is refused and the old one stays, and what needs a restart is named.
. "$(dirname "$0")/lib.sh"
need hping3
lab_up reload

floor() { # PER_S
	configuration ".detect = {syn_flood: {floor_per_s: $1}, close_ms: 1000}" >"$tmp/new.json"
	mv "$tmp/new.json" "$tmp/weir.json"
}

reloads() { # N
	[ "$(statistic .control.reloads)" = "$1" ]
}

refused() { # N
	[ "$(statistic .control.reloads_refused)" = "$1" ]
}

floor 100000000
sensor_start "$tmp/weir.json"
in_space client timeout -k 0.3 -s INT 25 hping3 -q -S -p 80 --rand-source -i u50 $SERVER_IP >/dev/null 2>&1 &
flood_pid=$!
started
sleep 2
no_alarms "a flood below the floor"

echo '{"detect": {"syn_flood": {"floor_per_s": "many"}}}' >"$tmp/weir.json"
kill -HUP "$sensor_pid"
wait_for 5 "a wrong file was not refused" refused 1
grep -q 'weir.json:1:' "$tmp/weird.log" || fail "the refusal names no line: $(tail -3 "$tmp/weird.log")"
no_alarms "a refused configuration"

floor 1000
kill -HUP "$sensor_pid"
wait_for 5 "SIGHUP did not reload" reloads 1
wait_for 5 "the new floor does not count" has_alarm syn_flood $SERVER_IP

floor 100000000
"$weir" reload --redis "unix:$tmp/redis.sock" --sensor "$SENSOR" >"$tmp/reply" 2>&1 || fail "weir reload: $(cat "$tmp/reply")"
wait_for 5 "the command did not reload" reloads 2

jq '.flow = {capacity: 65536}' "$tmp/weir.json" >"$tmp/new.json" && mv "$tmp/new.json" "$tmp/weir.json"
"$weir" reload --redis "unix:$tmp/redis.sock" --sensor "$SENSOR" >"$tmp/reply" 2>&1
grep -q 'flow.capacity' "$tmp/reply" "$tmp/weird.log" || fail "no word that flow.capacity needs a restart: $(cat "$tmp/reply")"

stop_pid "$flood_pid" INT
adds_up
[ "$(statistic '.accounting | .port_missed + .port_no_mbuf + .port_errors + .distributor_dropped')" = 0 ] || fail "packets were lost: $(stats_last | jq -c .accounting)"
sensor_stop
