# shellcheck shell=bash
# The sensor of tools/lab and tools/demo: what it is built from, how it starts, what came out of it for a reader of Redis.
# Builds on lab.sh.
# shellcheck disable=SC2034,SC2154

build_all() { # what a laboratory runs, into $build
	local log

	log=$(mktemp) || exit 1
	if [ ! -e "$build/build.ninja" ]; then
		meson setup "$build" >"$log" 2>&1 || { cat "$log" && fail "meson setup failed"; }
	fi
	if ! ninja -C "$build" src/sensor/weird tools/cli/weir tools/flood/weir-flood >"$log" 2>&1; then
		grep -A5 'FAILED\|error:' "$log" | head -40
		fail "the build failed: ninja -C $build"
	fi
	tail -1 "$log"
	rm -f "$log"
}

sensor_up() { # [FILTER]: by AF_XDP, or by AF_PACKET with the reason why not
	configuration "${1-.}" >"$tmp/weir.json"
	driver=$(jq -r '.ports[0].driver' "$tmp/weir.json")
	if [ "$driver" = af_xdp ]; then
		mkdir -p "$tmp/spool/state"
		in_space sensor "$build/src/sensor/weird" --config "$tmp/weir.json" >"$tmp/weird.log" 2>&1 &
		sensor_pid=$!
		while alive "$sensor_pid"; do
			if grep -q "sensor $SENSOR runs" "$tmp/weird.log"; then mirror_on && return; fi
			sleep 0.1
		done
		sensor_pid=
		echo "AF_XDP does not work here: $(tail -1 "$tmp/weird.log")"
		driver=af_packet
		configuration "${1-.} | .ports[0].driver = \"af_packet\"" >"$tmp/weir.json"
	fi
	sensor_start "$tmp/weir.json"
}

known_to_redis() {
	[ -n "$(redis zscore weir:sensors "$SENSOR")" ]
}

quiet_again() { # no alarm is open
	[ "$(redis zcard "weir:{$SENSOR}:active")" = 0 ]
}

# Every event, with the moment at which a reader of Redis has it: {at, event}, one a line.
watch_events() {
	wait_for 5 "the sensor does not report to Redis" known_to_redis
	: >"$tmp/events"
	# $! is the reader's, not that of what notes its words: those end with it.
	"$build/tools/cli/weir" events --follow --json --redis "unix:$tmp/redis.sock" --sensor "$SENSOR" \
		> >(jq --unbuffered -c --argjson town "${TOWN_N-1}" '{at: now, town: $town, event: .}' >>"$tmp/events") 2>"$tmp/follow.err" &
	started
}

tell_events() { # the same, for people
	"$build/tools/cli/weir" events --follow --redis "unix:$tmp/redis.sock" --sensor "$SENSOR" \
		> >(grep --line-buffered -v ' UPDATE ' | sed -u 's/^/   /') 2>/dev/null &
	started
}

# What crossed the mirror, and what the sensor says became of it.
seen_all() {
	[ "$(stats_last | jq -r '.accounting.seen')" = "$(mirrored)" ]
}

account() { # [SPACE]: of all so far, and what this one has sent: JSON
	local end=$((SECONDS + 4)) last

	# People hold their breath while we count; statistics come once a second.
	people STOP
	until seen_all || [ "$SECONDS" -ge "$end" ]; do sleep 0.1; done
	last=$(stats_last)
	people CONT
	jq -c --argjson mirrored "$(mirrored)" --argjson lost "$(mirror_lost)" \
		--argjson sent "$(counter "${1-client}" eth0 tx_packets)" '.accounting
		| {sent: $sent, mirrored: $mirrored, mirror_lost: $lost, seen, analysed, malformed,
		   lost: (.port_missed + .port_no_mbuf + .port_errors + .distributor_dropped)}' <<<"$last"
}

people_pid=
people() { # SIGNAL: to what goes on behind the attacks
	if [ -n "$people_pid" ]; then kill -"$1" "$people_pid"; fi
}

people_leave() {
	if [ -n "$people_pid" ]; then stop_pid "$people_pid"; fi
	people_pid=
}

trickle() { # people go on working
	browse 100000 2>/dev/null &
	people_pid=$!
	started
}
