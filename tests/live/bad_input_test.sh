#!/bin/bash
# What users get wrong: each gives one clear line on standard error that names the thing, the exit code that the manual
# page says, and no crash.
. "$(dirname "$0")/lib.sh"
need setpriv
lab_begin bad
space_add sensor
wire sensor mon0 sensor far0
quiet_wire sensor mon0
spoken=0

expect() { # CODE PATTERN COMMAND...: that exit code, and one line that has the pattern
	local code=$1 pattern=$2 got=0 lines

	shift 2
	timeout 30 "$@" >"$tmp/out" 2>"$tmp/error" || got=$?
	[ "$got" -eq "$code" ] || fail "$*: exit code $got, not $code: $(cat "$tmp/error")"
	# DPDK speaks for itself; what Weir says is one line.
	lines=$(grep -vcE '^(EAL|PMD|[a-z_]+\(\)|libbpf|libxdp|ETHDEV)' "$tmp/error")
	[ "$lines" -eq 1 ] || fail "$*: $lines lines instead of one: $(cat "$tmp/error")"
	grep -qiE "$pattern" "$tmp/error" || fail "$*: says not '$pattern' but: $(cat "$tmp/error")"
	spoken=$((spoken + 1))
	sed "s,$tmp/,,g" "$tmp/error" | cut -c1-180
}

config() { # JQ-FILTER: a configuration in $tmp/weir.json
	configuration ". | del(.publish.redis) | .publish.file = \"$tmp/events\" | $1" >"$tmp/weir.json"
}

wrong_config() { # PATTERN TEXT: as a file
	printf '%s' "$2" >"$tmp/weir.json"
	expect 3 "weir.json:[0-9]+: .*$1" "$weird" --check-config --config "$tmp/weir.json"
	expect 1 "weir.json:[0-9]+: .*$1" "$weir" config check "$tmp/weir.json"
}

# Captures.
"$flood" syn_flood -n 1000 -o "$tmp/whole.pcap" 2>/dev/null
head -c 30000 "$tmp/whole.pcap" >"$tmp/cut.pcap"
expect 1 'cut.pcap.*(truncated|cut|ends|damaged)' "$weir" analyze "$tmp/cut.pcap"
head -c 10 "$tmp/whole.pcap" >"$tmp/stub.pcap"
expect 1 'stub.pcap' "$weir" analyze "$tmp/stub.pcap"
: >"$tmp/empty.pcap"
expect 1 'empty.pcap' "$weir" analyze "$tmp/empty.pcap"
head -c 5000 /dev/urandom >"$tmp/noise.pcap"
expect 1 'noise.pcap' "$weir" analyze "$tmp/noise.pcap"
expect 1 'none.pcap.*no such file' "$weir" analyze "$tmp/none.pcap"
config ".ports = [{file: \"$tmp/none.pcap\"}]"
expect 6 'none.pcap' "$weird" --config "$tmp/weir.json"

# The configuration: each kind of mistake.
wrong_config 'unknown|no such|not a setting' '{"sensor": {"nmae": "x"}, "ports": [{"interface": "mon0"}]}'
wrong_config 'text|string' '{"sensor": {"name": 7}, "ports": [{"interface": "mon0"}]}'
wrong_config 'range|allowed|from' '{"flow": {"idle_s": 0}, "ports": [{"interface": "mon0"}]}'
wrong_config 'twice|duplicate' '{"sensor": {"name": "a", "name": "b"}, "ports": [{"interface": "mon0"}]}'
wrong_config 'after|trailing|end of file' '{"ports": [{"interface": "mon0"}]} {}'
wrong_config 'auto|af_xdp' '{"ports": [{"interface": "mon0", "driver": "fast"}]}'
wrong_config '' '{"ports": ['
expect 3 'none.json' "$weird" --config "$tmp/none.json"

# Models.
model=conf/models/flow.weir
cp "$model" "$tmp/flow.model"
at=$(($(wc -c <"$model") / 2))
byte=$(od -An -tu1 -j $at -N1 "$tmp/flow.model" | tr -d ' ')
# shellcheck disable=SC2059 # the format is the byte
printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$tmp/flow.model" bs=1 seek=$at conv=notrunc status=none
config ".model.flow = \"$tmp/flow.model\""
expect 3 'flow.model.*(checksum|damaged)' "$weird" --config "$tmp/weir.json"
head -c 100 "$model" >"$tmp/flow.model"
expect 3 'flow.model' "$weird" --config "$tmp/weir.json"
config ".model.flow = \"$tmp/none.model\""
expect 3 'none.model' "$weird" --config "$tmp/weir.json"

# Interfaces.
config '.ports[0].interface = "nosuch0"'
expect 6 'nosuch0' ip netns exec "${lab}sensor" "$weird" --config "$tmp/weir.json"
ip -n "${lab}sensor" addr add 10.98.0.1/24 dev mon0
config .
expect 6 'mon0.*(address|take_over)' ip netns exec "${lab}sensor" "$weird" --config "$tmp/weir.json"
ip -n "${lab}sensor" addr del 10.98.0.1/24 dev mon0

# Huge pages: what is asked for exceeds what any machine has.
config '.eal.huge_pages = "on" | .flow.capacity = 134217728'
expect 5 'huge pages|memory' ip netns exec "${lab}sensor" "$weird" --config "$tmp/weir.json"

# Rights.
chmod -R a+rX "$tmp"
config .
expect 4 'root|right|permission|capabilit' ip netns exec "${lab}sensor" \
	setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all \
	"$weird" --config "$tmp/weir.json"

# The command line: the exit code, and where to read on.
usage() { # COMMAND...
	local got=0

	"$@" >"$tmp/out" 2>"$tmp/error" || got=$?
	[ "$got" -eq 2 ] || fail "$*: exit code $got, not 2"
	grep -qE -e '--help|weir help' "$tmp/error" || fail "$*: does not say where to read on: $(cat "$tmp/error")"
	spoken=$((spoken + 1))
}
usage "$weird" --no-such-option
usage "$weir" analyze --no-such-option "$tmp/whole.pcap"
usage "$weir" no-such-command
usage "$flood" syn_flood -o "$tmp/x" --no-such-option
expect 1 'redis' "$weir" status --redis "unix:$tmp/nothing.sock"
echo "ok: $spoken mistakes, each told in one line"
