#!/bin/bash
# An adaptive sensor on a silent wire leaves its cores alone, and still sees the packet that ends the silence.
. "$(dirname "$0")/lib.sh"
CPU_PERCENT_MOST=25 # of one core, all threads

lab_up idle
configuration '.cores.idle = "adaptive"' >"$tmp/weir.json"
sensor_start "$tmp/weir.json"

cpu_ticks() { # user and system time of the process
	sed 's/.*) //' "/proc/$sensor_pid/stat" | awk '{ print $12 + $13 }'
}

sleep 2
before=$(cpu_ticks)
sleep 4
percent=$((($(cpu_ticks) - before) * 100 / ($(getconf CLK_TCK) * 4)))
echo "idle: $percent % of one core"
[ "$percent" -le "$CPU_PERCENT_MOST" ] || fail "an idle sensor burns $percent % of a core, more than $CPU_PERCENT_MOST %"
in_space client ping -q -c 3 -i 0.2 $SERVER_IP >/dev/null || fail "ping does not come back"
adds_up
[ "$(statistic .accounting.seen)" -ge 6 ] || fail "saw only $(statistic .accounting.seen) packets"
sensor_stop
