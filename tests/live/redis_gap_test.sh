#!/bin/bash
# redis-server is killed in the middle of a flood and is away for a while (LIVE_GAP_S): after it is back the stream holds
# every transition once and in order, and no packet was lost meanwhile.
. "$(dirname "$0")/lib.sh"
need hping3
GAP_S=${LIVE_GAP_S:-8}
KEEPS=(--appendonly yes --appendfsync always) # a server that remembers what it has confirmed

stream() { # the events, oldest first, one JSON object a line
	redis --raw xrange "weir:{$SENSOR}:events" - + | grep -a '^{'
}

ids() {
	redis --raw xrange "weir:{$SENSOR}:events" - + | grep -aE '^[0-9]+-[0-9]+$'
}

closed() {
	stream | tail -1 | jq -e '.state == "close"'
}

transitions() { # FILE: alarm and revision
	jq -r '"\(.id) \(.revision)"' "$1"
}

lab_begin gap
hosts_up
span_up
redis_start "${KEEPS[@]}"
# The file sink is told everything as well, whatever Redis does: what the stream must hold is read off it.
configuration ".detect = {update_ms: 200, close_ms: 1500} | .publish.file = \"$tmp/all\"" >"$tmp/weir.json"
sensor_start "$tmp/weir.json"

in_space client timeout -k 0.3 -s INT $((GAP_S + 6)) hping3 -q -S -p 80 --rand-source -i u50 $SERVER_IP >/dev/null 2>&1 &
flood_pid=$!
started
wait_for 5 "no alarm before the gap" has_alarm syn_flood $SERVER_IP
redis_stop
before=$(wc -l <"$tmp/all")
sleep "$GAP_S"
alive "$sensor_pid" || fail "the sensor died with Redis"
gap=$(($(wc -l <"$tmp/all") - before))
[ "$gap" -ge $((GAP_S * 3)) ] || fail "only $gap transitions in a gap of $GAP_S s: this tests nothing"
redis_start "${KEEPS[@]}"
wait "$flood_pid"
# shellcheck disable=SC2016 # looked at when it is said
wait_for 15 'the end of the alarm does not arrive; last: $(stream | tail -1 | jq -c "{state, time}")' closed

stream >"$tmp/stream"
transitions "$tmp/all" >"$tmp/want"
transitions "$tmp/stream" >"$tmp/got"
cmp -s "$tmp/want" "$tmp/got" || fail "the stream is not the story: $(diff "$tmp/want" "$tmp/got" | head -5)"
[ -z "$(ids | uniq -d)" ] || fail "an id twice"
[ "$(ids)" = "$(ids | sort -t- -k1,1n -k2,2n)" ] || fail "ids are out of order"
adds_up
[ "$(statistic .control.spool_lost)" = 0 ] || fail "the spool lost $(statistic .control.spool_lost)"
[ "$(statistic .accounting.port_missed)" = 0 ] || fail "packets were missed: $(stats_last | jq -c .accounting)"
sensor_stop
echo "ok: $(wc -l <"$tmp/want") transitions, $gap of them in a gap of $GAP_S s"
