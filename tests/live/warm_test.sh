#!/bin/bash
# The sensor is killed as by a crash: the next one knows at once what was usual. A damaged file is put aside, and the
# sensor starts without.
. "$(dirname "$0")/lib.sh"
need hping3
SAVE_S=1
USUAL_US=25000 # 40 a second
FILE=usual.weir

syn() { # SECONDS INTERVAL: to the server, answered by nobody's handshake
	in_space client timeout -k 0.3 -s INT "$1" hping3 -q -S -p 80 -i "$2" $SERVER_IP >/dev/null 2>&1
	true
}

again() { # a sensor, and a mirror that begins with it
	in_space server tc qdisc del dev eth0 clsact
	redis del "weir:{$SENSOR}:events" >/dev/null
	sensor_start "$tmp/weir.json"
}

saved_since() { # the file is newer than this mark
	[ "$tmp/spool/state/$FILE" -nt "$1" ]
}

crash() {
	disown "$sensor_pid"
	stop_pid "$sensor_pid" KILL
	sensor_pid=
}

opened() { # of the flood: usual rate and threshold, as the alarm tells them
	redis --raw xrange "weir:{$SENSOR}:events" - + | jq -rR 'fromjson? | select(type == "object" and .state == "open"
		and .kind == "syn_flood") | "\(.baseline) \(.threshold)"' | head -1
}

flood_is_judged() { # sets usual and threshold
	syn 3 u1000
	wait_for 5 "the flood was not named" has_alarm syn_flood $SERVER_IP
	read -r usual threshold <<<"$(opened)"
}

lab_up warm
configuration ".detect = {learn_s: 5} | .sensor.save_s = $SAVE_S | .eal.huge_pages = \"off\"
	| .ports[0].driver = \"af_packet\"" >"$tmp/weir.json"

sensor_start "$tmp/weir.json"
grep -q "is not there yet" "$tmp/weird.log" || fail "a cold start is not told: $(cat "$tmp/weird.log")"
syn 12 u$USUAL_US
touch "$tmp/mark"
wait_for $((SAVE_S + 3)) "nothing was saved" saved_since "$tmp/mark"
no_alarms "the usual 40 SYN/s"
crash

again
grep -qE "usual for [0-9]+ hosts and [0-9]+ networks is taken over" "$tmp/weird.log" || fail "no warm start: $(cat "$tmp/weird.log")"
flood_is_judged
jq -ne --argjson u "$usual" --argjson t "$threshold" '$u > 25 and $u < 60 and $t > 75' >/dev/null \
	|| fail "after the crash: usual $usual/s, threshold $threshold/s; 40/s were usual"
warm="usual $usual/s, threshold $threshold/s"
touch "$tmp/mark"
sleep 0.1
sensor_stop
saved_since "$tmp/mark" || fail "nothing was saved at the end"

# One bit.
printf '\xff' | dd of="$tmp/spool/state/$FILE" bs=1 seek=100 conv=notrunc status=none
again
grep -q "checksum: it is damaged" "$tmp/weird.log" || fail "the damage is not told: $(cat "$tmp/weird.log")"
[ -f "$tmp/spool/state/$FILE.bad" ] || fail "the damaged file is gone"
flood_is_judged
[ "$usual" = null ] || fail "something of the damaged file was used: usual $usual/s"
sensor_stop
echo "ok: $warm right after a crash"
