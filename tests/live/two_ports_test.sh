#!/bin/bash
# Two ports, each with one direction of a wire (as an optical tap gives them), and a distributor: both directions of
# every flow meet in one worker, though packets come from two ports and go to two workers. The same packets in one
# capture give the same flows.
. "$(dirname "$0")/lib.sh"
need hping3 curl dig dnsmasq python3 tcpdump
PORTS="0 1"

SENSOR=two$$ # DPDK's folder bears the name: another test may run beside this one
lab_begin two
hosts_up
space_add sensor
for i in $PORTS; do
	ip link add "span$i" netns "${lab}server" type veth peer name "mon$i" netns "${lab}sensor" \
		|| fail "cannot make a veth pair"
	quiet_wire server "span$i"
	quiet_wire sensor "mon$i"
	plain_wire server "span$i"
	plain_wire sensor "mon$i"
done
redis_start --maxmemory 256mb

mirror_on() { # what comes in to one port, what goes out to the other
	local way i=0

	in_space server tc qdisc add dev eth0 clsact || skip "this kernel has no clsact (sch_ingress)"
	for way in ingress egress; do
		in_space server tc filter add dev eth0 $way protocol all prio 1 u32 match u32 0 0 \
			action mirred egress mirror dev span$i \
			|| skip "this kernel cannot mirror an interface (cls_u32, act_mirred)"
		i=$((i + 1))
	done
}

mirrored() {
	echo $(($(counter server span0 tx_packets) + $(counter server span1 tx_packets)))
}

# On a machine with two CPUs everything shares them: the rates are low.
configuration '.ports = [{interface: "mon0", driver: "af_xdp"}, {interface: "mon1", driver: "af_xdp"}]
	| .cores = {control: 0, workers: [0, 1], distributors: [0], distribute: "on", ring_slots: 8192}' >"$tmp/weir.json"
"$weird" --check-config --config <(jq '.ports = [{vdev: "net_null0"}]' "$tmp/weir.json") >"$tmp/plan" \
	|| fail "--check-config refuses two workers and a distributor on two CPUs"
grep -q 'distributor 0 on CPU 0 reads net_null0:0' "$tmp/plan" || fail "the plan does not tell of the distributor: $(cat "$tmp/plan")"

# What the mirrors send, as the sensor gets it.
captures=()
for i in $PORTS; do
	in_space server tcpdump -U -s 256 -B 16384 -nni "span$i" -w "$tmp/span$i.pcap" 2>"$tmp/tcpdump$i.log" &
	captures+=("$!")
	started
	wait_for 5 "tcpdump does not listen" grep -q 'listening on' "$tmp/tcpdump$i.log"
done
sensor_start "$tmp/weir.json"
services_up
browse 5
look_up 3
no_alarms "ordinary traffic from two ports"
adds_up
packets=$(statistic '[.workers[].rx_packets] | map(tostring) | join(" ")')
for n in $packets; do [ "$n" -gt 50 ] || fail "one worker has all the work: $packets"; done

# Silence, then the numbers.
in_space server tc qdisc del dev eth0 clsact
wait_for 5 "the sensor has not seen all" seen_all
captured() { # tcpdump writes what it has once a second
	tcpdump -nr "$tmp/span0.pcap" 2>/dev/null
	tcpdump -nr "$tmp/span1.pcap" 2>/dev/null
}
captured_all() {
	[ "$(captured | wc -l)" -eq "$(mirrored)" ]
}
# shellcheck disable=SC2016 # looked at when it is said
wait_for 5 'mirrored $(mirrored), but tcpdump has $(captured | wc -l)' captured_all
for pid in "${captures[@]}"; do stop_pid "$pid" INT; done
python3 - "$tmp/span0.pcap" "$tmp/span1.pcap" "$tmp/both.pcap" <<'MERGE' # by time
import struct, sys
packets = []
for name in sys.argv[1:3]:
    data = open(name, "rb").read()
    at = 24
    while at < len(data):
        s, us, n, _ = struct.unpack_from("<IIII", data, at)
        packets.append((s, us, len(packets), data[at:at + 16 + n]))
        at += 16 + n
open(sys.argv[3], "wb").write(data[:24] + b"".join(p[3] for p in sorted(packets)))
MERGE
before=$("$weir" analyze --json "$tmp/both.pcap" | tail -1 | jq .accounting.seen)
after=$(statistic .accounting.seen)
[ "$before" -eq "$after" ] || fail "tcpdump saw $before packets and the sensor $after: they cannot be compared"
for name in flows_new flow_packets; do
	one=$("$weir" analyze --json "$tmp/both.pcap" | tail -1 | jq ".counters.$name")
	two=$(statistic ".total.$name")
	echo "$name: $one in one capture, $two from two ports"
	[ "$one" -eq "$two" ] || fail "$name: $one in one capture, $two from two ports: the directions did not meet"
done
[ "$(statistic .total.flows_new)" -gt 30 ] || fail "too few flows to tell"
mirror_on

# One flow that has most of the packets of its worker, and says so.
elephant() {
	stats_last | jq -e --arg to $SERVER_IP '[.workers[].second | select(.packets > 1000)
		| select(.flows[0].target == $to and .flows[0].target_port == 5001 and .flows[0].packets > .packets / 2)]
		| length == 1'
}
in_space client timeout 20 python3 -c "import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('$SERVER_IP', 5001))
while True:
    try: s.send(b'x' * 64)
    except OSError: pass
    time.sleep(0.0002)" &
started
# shellcheck disable=SC2016 # looked at when it is said
wait_for 10 'no elephant in $(stats_last | jq -c "[.workers[].second]")' elephant
"$weir" status --redis "unix:$tmp/redis.sock" | grep -Eq "^worker .* % udp $CLIENT_IP:[0-9]+ > $SERVER_IP:5001" \
	|| fail "weir status shows no elephant: $("$weir" status --redis "unix:$tmp/redis.sock")"
stop_pid "${lab_pids[-1]}"

# Attacks are named as from one port.
ip -n "${lab}server" route replace default via $CLIENT_IP
in_space client timeout 2 hping3 -q -S -p 80 --rand-source -i u200 $SERVER_IP >/dev/null 2>&1
wait_for 4 "no syn_flood; but: \$(alarms | tr '\n' ';')" has_alarm syn_flood $SERVER_IP
adds_up
"$weir" status --redis "unix:$tmp/redis.sock" >"$tmp/status" || fail "weir status: exit code $?"
grep -q '^distributor 0 ' "$tmp/status" || fail "weir status does not tell of the distributor: $(cat "$tmp/status")"
grep -Eq '^mon1 +0 .*distributor 0' "$tmp/status" || fail "weir status does not tell of the queues: $(cat "$tmp/status")"
in_space sensor python3 - "/var/run/dpdk/weir-$SENSOR/dpdk_telemetry.v2" >"$tmp/telemetry" <<'ASK' || fail "telemetry: no answer"
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
s.recv(4096)
for what in "distributors", "queues", "workers":
    s.send(b"/weir/" + what.encode())
    print(s.recv(65536).decode())
ASK
jq -es '.[0]["/weir/distributors"]["0"].core_packets > 0 and (.[1]["/weir/queues"] | length) == 2
	and .[2]["/weir/workers"]["1"].busy_us > 0' "$tmp/telemetry" >/dev/null || fail "telemetry says $(cat "$tmp/telemetry")"
sensor_stop
