#!/bin/bash
# DPDK's virtual devices as ports of weird: memif, tap, ring, and two captures that hold one direction each.
. "$(dirname "$0")/lib.sh"
need tcpdump python3
lab_begin dev
space_add sensor
redis_start --maxmemory 256mb
mirror_on() { :; } # there is no mirror here

sensor_with() { # PORTS [CORES]: both JSON
	configuration ".ports = $1 | .cores = ${2-null} | del(.cores | nulls)" >"$tmp/weir.json"
	sensor_start "$tmp/weir.json"
}

SHARED='{control: 0, workers: [0, 1], distributors: [0], distribute: "on", ring_slots: 8192, idle_sleep_us: 20}'

sum_holds() { # a statistic of at least $1 packets adds up
	[ "$(statistic .accounting.seen)" -ge "$1" ] && stats_last | jq -e '.accounting
		| .seen == .analysed + .malformed + .port_missed + .port_no_mbuf + .port_errors + .distributor_dropped'
}

# --- memif: another program's packets over shared memory, over a distributor to two workers
SENT=100000
sensor_with "[{vdev: \"net_memif0,role=server,socket=$tmp/memif.sock,socket-abstract=no\"}]" "$SHARED"
in_space sensor "$flood" udp_flood --device "net_memif1,role=client,socket=$tmp/memif.sock,socket-abstract=no" \
	--rate 50000 --packets $SENT 2>"$tmp/said" || fail "weir-flood: $(cat "$tmp/said")"
# What lies in the shared ring when the peer hangs up is gone, and nobody can count it.
# shellcheck disable=SC2016 # looked at when it is said
wait_for 5 'sent '$SENT' over memif, but $(stats_last | jq -c .accounting)' sum_holds $((SENT - 1024))
for k in 0 1; do
	[ "$(statistic ".workers[$k].rx_packets")" -gt 0 ] || fail "worker $k got nothing: $(stats_last | jq -c .workers)"
done
[ "$(statistic '.distributors[0].core_packets')" -eq "$(statistic '.ports[0].port_packets')" ] \
	|| fail "the distributor did not take what the port had: $(stats_last | jq -c '.distributors, .ports')"
echo "memif: $SENT sent, $(statistic .accounting.seen) seen by $(statistic '[.workers[].rx_packets] | map(tostring) | join(" + ")')"
sensor_stop

# --- tap: what the host sends into an interface that weird made
sensor_with '[{vdev: "net_tap0,iface=wtap0"}]'
ip -n "${lab}sensor" link set wtap0 up || fail "there is no interface wtap0"
ip -n "${lab}sensor" addr add 10.98.0.1/24 dev wtap0
for _ in {1..20}; do in_space sensor python3 -c 'import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x" * 100, ("10.98.0.255", 9))' 2>/dev/null; done
in_space sensor python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for i in range(50): s.sendto(b"x" * 100, ("10.98.0.255", 9))'
# shellcheck disable=SC2016 # looked at when it is said
wait_for 5 'sent 50 into the tap, but $(stats_last | jq -c .accounting)' sum_holds 50
[ "$(statistic '.ports[0].port_packets')" -eq "$(counter sensor wtap0 tx_packets)" ] \
	|| fail "the interface sent $(counter sensor wtap0 tx_packets), the port had $(statistic '.ports[0].port_packets')"
echo "tap: $(statistic .accounting.seen) seen"
sensor_stop
ip -n "${lab}sensor" link show wtap0 >/dev/null 2>&1 && fail "the interface wtap0 was left behind"

# --- ring: one of its own, which nobody fills
sensor_with '[{vdev: "net_ring0"}]'
wait_for 5 "no statistics" sum_holds 0
sensor_stop
echo "ring: starts and stops"

# --- one direction each, out of two captures, read as fast as they go
"$flood" normal -o "$tmp/both.pcap" --seconds 1.5 --normal 0.3 2>"$tmp/said" || fail "weir-flood: $(cat "$tmp/said")"
python3 - "$tmp/both.pcap" "$tmp/a.pcap" "$tmp/b.pcap" <<'SPLIT' # by the order of the addresses
import struct, sys
data = open(sys.argv[1], "rb").read()
out = [open(name, "wb") for name in sys.argv[2:]]
for f in out:
    f.write(data[:24])
at = 24
while at < len(data):
    n = struct.unpack_from("<I", data, at + 8)[0]
    frame = data[at + 16:at + 16 + n]
    six = frame[12:14] == b"\x86\xdd"
    a, b = (frame[22:38], frame[38:54]) if six else (frame[26:30], frame[30:34])
    out[a > b].write(data[at:at + 16 + n])
    at += 16 + n
SPLIT
"$weir" analyze --json "$tmp/both.pcap" | tail -1 >"$tmp/one"
[ "$(jq .counters.flows_expired "$tmp/one")" -eq 0 ] || fail "flows end within the capture: nothing to compare"
sensor_with "[{vdev: \"net_pcap0,rx_pcap=$tmp/a.pcap\"}, {vdev: \"net_pcap1,rx_pcap=$tmp/b.pcap\"}]" "$SHARED"
# shellcheck disable=SC2016 # looked at when it is said
wait_for 10 'the captures hold $(jq .packets "$tmp/one"), but $(stats_last | jq -c .accounting)' sum_holds "$(jq .packets "$tmp/one")"
for name in flow_packets flows_new not_ip; do
	[ "$(statistic ".total.$name")" -eq "$(jq ".counters.$name" "$tmp/one")" ] \
		|| fail "$name: $(jq ".counters.$name" "$tmp/one") in one capture, $(statistic ".total.$name") from two"
done
for k in 0 1; do [ "$(statistic ".workers[$k].flows_new")" -gt 0 ] || fail "worker $k has no flow"; done
echo "two captures: $(statistic .total.flows_new) flows, as in one"
sensor_stop
