# shellcheck shell=bash
# For the live tests: the laboratory, and the words that they share. A test is called with the build folder; it exits
# with 77, and says why, where it cannot run.
# shellcheck disable=SC2034,SC2154 # used by the scripts; set by the laboratory
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tools/lib/lab.sh
. tools/lib/services.sh
. tools/lib/clients.sh

lab_skip_code=77
build=${1:?usage: TEST BUILD-FOLDER}
weir=$build/tools/cli/weir
weird=$build/src/sensor/weird
flood=$build/tools/flood/weir-flood
SENSOR=live

need_root
need ip ethtool tc jq redis-server redis-cli

alarms() { # what was opened so far: KIND TARGET, one a line, in the order of time
	redis --raw xrange "weir:{$SENSOR}:events" - + | jq -rR 'fromjson? | select(type == "object" and .state == "open")
		| "\(.kind) \(.target)"'
}

has_alarm() { # KIND TARGET
	alarms | grep -qxF "$1 $2"
}

no_alarms() { # WHAT
	[ -z "$(alarms)" ] || fail "$1 raised: $(alarms | tr '\n' ';')"
}

only_alarms() { # KIND...: nothing but these was opened, and what a busy machine made the sensor say of itself
	local kinds

	kinds=$(printf '%s\n' sensor_loss "$@")
	kinds=$(alarms | cut -d' ' -f1 | sort -u | grep -vxF "$kinds")
	[ -z "$kinds" ] || fail "also named: $(alarms | grep -F "$kinds" | tr '\n' ';')"
}

statistic() { # JQ-PATH: of the last statistics
	stats_last | jq -r "$1"
}

seen_all() {
	[ "$(statistic .accounting.seen)" = "$(mirrored)" ]
}

adds_up() { # the sensor has seen what the mirror sent, and says of each packet what became of it
	# shellcheck disable=SC2016 # looked at when it is said
	wait_for 5 'mirrored $(mirrored), but seen $(statistic .accounting.seen): $(stats_last | jq -c .accounting.seen)' seen_all
	stats_last | jq -e '.accounting | .seen == .analysed + .malformed + .port_missed + .port_no_mbuf + .port_errors
		+ .distributor_dropped' >/dev/null || fail "the sum is wrong: $(stats_last | jq -c .accounting)"
}

lab_up() { # NAME: hosts, mirror port, Redis
	lab_begin "$1"
	hosts_up
	span_up
	redis_start --maxmemory 256mb
}
