# shellcheck shell=bash
# A laboratory in network namespaces: two hosts joined by a wire, a switch's mirror port, the sensor behind it,
# a private Redis. tests/live/ is written with these words; tools/lab and tools/demo have a larger one (town.sh).
#
#     client                  server                      sensor
#     eth0 10.99.0.1 ──────── eth0 10.99.0.2
#                             │ tc mirrors both directions
#                             span0 ───────────────────── mon0   weird takes its packets
#
# AF_XDP takes an interface's packets away from the host, so the sensor gets copies, as from a SPAN port: the
# servers go on answering. Offloads are off: what crosses the wires is what a switch would see.
#
# Everything bears the name of this process, and lab_end, which runs on every way out, ends what was started here and
# nothing else.
# shellcheck disable=SC2034 # used by those who source this

CLIENT_IP=10.99.0.1
SERVER_IP=10.99.0.2
SCANNER_IP=10.99.0.66 # a second address of the client
CLIENT_IP6=2001:db8:99::1
SERVER_IP6=2001:db8:99::2
DNS_IP=$SERVER_IP

lab_skip_code=1 # of skip(); tests say 77
build=${build-build} # where the programs are
sensor_pid=
redis_pid=
lab_pids=()
lab_spaces=()

fail() {
	echo "FAIL: $*" >&2
	if [ -s "${tmp-}/weird.log" ]; then
		echo "--- the sensor's last words:" >&2
		tail -15 "$tmp/weird.log" >&2
	fi
	exit 1
}

skip() {
	echo "SKIP: $*"
	exit "$lab_skip_code"
}

need() { # TOOL...
	local tool

	for tool; do
		command -v "$tool" >/dev/null || skip "there is no $tool; tools/setup installs it"
	done
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "not root: namespaces and AF_XDP need it"
	ip netns list >/dev/null 2>&1 || skip "this machine does not allow network namespaces"
}

alive() { # PID: runs, and is not a zombie
	local state

	state=$(ps -o stat= -p "$1") && [[ $state != Z* ]]
}

# A $ in WHAT that was quoted by '...' is looked at when it is said, not before.
wait_for() { # SECONDS WHAT COMMAND...: wait for a fact, never for a time
	local end=$((SECONDS + $1)) what=$2

	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || fail "$(eval "echo \"$what\"")"
		if [ -n "$sensor_pid" ]; then alive "$sensor_pid" || fail "the sensor died"; fi
		sleep 0.05
	done
}

now() {
	echo "$EPOCHREALTIME"
}

# What runs until lab_end is started by `COMMAND & started`.
started() {
	lab_pids+=("$!")
}

stop_pid() { # PID [SIGNAL]: ask, wait, insist
	local _

	kill -"${2-TERM}" "$1" 2>/dev/null || return 0
	for _ in {1..60}; do
		alive "$1" || break
		sleep 0.05
	done
	if alive "$1"; then
		kill -KILL "$1" 2>/dev/null
	fi
	wait "$1" 2>/dev/null
}

lab_begin() { # NAME
	lab=w$1$$ # the kernel allows an interface 15 letters
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/weir-$1.XXXXXX") || exit 1
	chmod 755 "$tmp"
	trap lab_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

lab_end() {
	local code=$? pid space

	trap '' INT TERM HUP
	trap - EXIT
	if [ -n "$sensor_pid" ]; then stop_pid "$sensor_pid"; fi
	for pid in "${lab_pids[@]}"; do stop_pid "$pid"; done
	if [ -n "$redis_pid" ]; then stop_pid "$redis_pid"; fi
	for space in "${lab_spaces[@]}"; do # ours, and so is all that still runs in it
		for pid in $(ip netns pids "$space" 2>/dev/null); do stop_pid "$pid" KILL; done
		ip netns del "$space" 2>/dev/null
	done
	if [ -z "${KEEP_TMP-}" ]; then rm -rf "$tmp"; else echo "kept: $tmp"; fi
	exit "$code"
}

space_add() { # NAME
	lab_spaces+=("$lab$1") # before it is there: a signal may come between
	ip netns add "$lab$1" || fail "cannot make the namespace $lab$1"
	in_space "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.router_solicitations=0 2>/dev/null
	ip -n "$lab$1" link set lo up
}

in_space() { # NAME COMMAND...: with & after it; `on` is for what is waited for
	local space=$lab$1

	shift
	# A function cannot be run in the background as itself: `exec` keeps the pid that $! says.
	if [ "$BASHPID" != "$$" ]; then exec ip netns exec "$space" "$@"; fi
	ip netns exec "$space" "$@"
}

on() { # NAME COMMAND...: and wait for it
	local space=$lab$1

	shift
	ip netns exec "$space" "$@"
}

wire() { # SPACE INTERFACE SPACE INTERFACE
	ip link add "$2" netns "$lab$1" type veth peer name "$4" netns "$lab$3" || fail "cannot make a veth pair"
	plain_wire "$1" "$2"
	plain_wire "$3" "$4"
}

plain_wire() { # SPACE INTERFACE: no merging, no checksums left to an adapter that is not there
	in_space "$1" ethtool -K "$2" gro off gso off tso off tx off rx off >/dev/null 2>&1
	ip -n "$lab$1" link set "$2" up
}

quiet_wire() { # SPACE INTERFACE: it carries nothing of its own
	in_space "$1" sysctl -qw "net.ipv6.conf.$2.disable_ipv6=1"
}

hosts_up() { # client and server, joined
	space_add client
	space_add server
	wire client eth0 server eth0
	ip -n "${lab}client" addr add $CLIENT_IP/24 dev eth0
	ip -n "${lab}client" addr add $SCANNER_IP/24 dev eth0
	ip -n "${lab}server" addr add $SERVER_IP/24 dev eth0
	ip -n "${lab}client" addr add $CLIENT_IP6/64 dev eth0 nodad
	ip -n "${lab}server" addr add $SERVER_IP6/64 dev eth0 nodad
	# Answers to forged addresses go back over the wire, as on the Internet, and end there.
	ip -n "${lab}server" route add default via $CLIENT_IP
	in_space client sysctl -qw net.ipv4.ip_forward=0
}

SPAN_SPACE=server # whose mirror port it is

span_up() { # the mirror port and the sensor's side of it; silent until mirror_on
	space_add sensor
	ip link add span0 netns "$lab$SPAN_SPACE" type veth peer name mon0 netns "${lab}sensor" \
		|| fail "cannot make a veth pair"
	quiet_wire $SPAN_SPACE span0
	quiet_wire sensor mon0
	plain_wire $SPAN_SPACE span0
	plain_wire sensor mon0
}

mirror() { # SPACE INTERFACE WAY...: copies of what comes in (ingress), goes out (egress), to the mirror port
	local space=$1 interface=$2 way

	shift 2
	in_space "$space" tc qdisc add dev "$interface" clsact || skip "this kernel has no clsact (sch_ingress)"
	for way; do
		in_space "$space" tc filter add dev "$interface" "$way" protocol all prio 1 u32 match u32 0 0 \
			action mirred egress mirror dev span0 \
			|| skip "this kernel cannot mirror an interface (cls_u32, act_mirred)"
	done
}

# The mirror works once the sensor listens: so all that it ever sent is the sensor's to account for.
mirror_on() {
	mirror server eth0 ingress egress
}

counter() { # SPACE INTERFACE NAME: of the kernel
	in_space "$1" cat "/sys/class/net/$2/statistics/$3"
}

mirrored() { # packets that the mirror port put on its wire
	counter $SPAN_SPACE span0 tx_packets
}

mirror_lost() { # packets that it dropped: the sensor's side was full
	counter $SPAN_SPACE span0 tx_dropped
}

redis_start() { # [REDIS-ARGUMENT...]
	redis-server --port 0 --unixsocket "$tmp/redis.sock" --unixsocketperm 700 --save '' --appendonly no \
		--dir "$tmp" --daemonize no --loglevel warning "$@" >>"$tmp/redis.log" 2>&1 &
	redis_pid=$!
	# shellcheck disable=SC2016
	wait_for 10 'redis-server did not start: $(tail -1 "$tmp/redis.log")' redis ping
}

redis_stop() {
	disown "$redis_pid" # the shell need not tell
	stop_pid "$redis_pid" KILL # as a crash would
	redis_pid=
	rm -f "$tmp/redis.sock"
}

redis() {
	timeout 10 redis-cli -s "$tmp/redis.sock" "$@"
}

events_n() { # transitions in the stream
	redis xlen "weir:{$SENSOR}:events"
}

stats_last() { # JSON
	redis xrevrange "weir:{$SENSOR}:stats" + - COUNT 1 | tail -1
}

SENSOR=lab

# A configuration on standard output, with the models that Weir ships; the argument is a jq filter that changes it.
configuration() { # [FILTER]
	jq -n --arg name "$SENSOR" --arg sock "$tmp/redis.sock" --arg spool "$tmp/spool" '{
		sensor: {name: $name, state_folder: ($spool + "/state")},
		ports: [{interface: "mon0", driver: "af_xdp"}],
		publish: {redis: {socket: $sock}, spool: {folder: $spool}}
	}' | jq "${1-.}"
}

sensor_start() { # CONFIG [COMMAND...]: in the sensor's namespace; COMMAND goes before weird
	local config=$1

	shift
	mkdir -p "$tmp/spool/state"
	: >"$tmp/weird.log"
	in_space sensor "$@" "$build/src/sensor/weird" --config "$config" >>"$tmp/weird.log" 2>&1 &
	sensor_pid=$!
	wait_for 20 "the sensor did not start" grep -q "sensor $SENSOR runs" "$tmp/weird.log"
	mirror_on
}

where_it_hangs() { # PID: each thread and what it waits for
	local task

	ps -o pid=,stat=,time=,args= -p "$1" >&2
	for task in "/proc/$1/task"/*; do
		echo "   $(cat "$task/comm") $(cut -d' ' -f3 "$task/stat") $(cat "$task/wchan")" >&2
	done
	if command -v gdb >/dev/null; then
		gdb -p "$1" -batch -ex 'thread apply all bt 12' 2>/dev/null | grep -E '^(#|Thread)' >&2
	fi
}

sensor_stop() { # it must end by itself, with exit code 0
	local _ code=0

	kill -TERM "$sensor_pid" || fail "the sensor was gone before it was stopped"
	for _ in {1..200}; do
		alive "$sensor_pid" || break
		sleep 0.05
	done
	if alive "$sensor_pid"; then
		where_it_hangs "$sensor_pid"
		fail "the sensor does not stop"
	fi
	wait "$sensor_pid" || code=$?
	sensor_pid=
	[ "$code" -eq 0 ] || fail "the sensor ended with exit code $code"
}
