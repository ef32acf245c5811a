#!/bin/bash
# weir-flood out of a DPDK device: as many packets as it says, at the rate that was asked for, and the sensor names them.
. "$(dirname "$0")/lib.sh"
RATE=20000

lab_up port
configuration . >"$tmp/weir.json"
sensor_start "$tmp/weir.json"
before=$(counter client eth0 tx_packets)
begun=$(now)
# Flat addresses of the wire's own network would be answered; these end at the server.
in_space client "$flood" udp_flood --device net_af_packet0,iface=eth0 --rate $RATE --packets $((RATE * 2)) \
	--target $SERVER_IP --sources 5 2>"$tmp/said" || fail "weir-flood: $(cat "$tmp/said")"
grep -q "$((RATE * 2)) packets sent in" "$tmp/said" || fail "not all were sent: $(cat "$tmp/said")"
seconds=$(grep -oE 'in [0-9.]+ s' "$tmp/said" | cut -d' ' -f2)
awk -v s="$seconds" 'BEGIN { exit !(s > 1.95 && s < 2.3) }' || fail "2 s of packets took $seconds s (began at $begun)"
left=$(($(counter client eth0 tx_packets) - before))
[ "$left" -ge $((RATE * 2)) ] || fail "only $left packets left the interface"
wait_for 4 "no udp_flood" has_alarm udp_flood $SERVER_IP
only_alarms udp_flood
adds_up
# Made beforehand: every packet is accounted for, also when it is stopped in the middle.
before=$(counter client eth0 tx_packets)
in_space client "$flood" syn_flood --fast --device net_af_packet0,iface=eth0 --rate $RATE --packets $RATE --json \
	--target $SERVER_IP >"$tmp/told" 2>"$tmp/said" || fail "weir-flood --fast: $(cat "$tmp/said")"
jq -e ".sent == $RATE and .offered == $RATE and .refused == 0 and .attack == $RATE and .attack_began_ns > 0" "$tmp/told" \
	>/dev/null || fail "does not add up: $(cat "$tmp/told")"
left=$(($(counter client eth0 tx_packets) - before))
[ "$left" -ge $RATE ] || fail "only $left of $RATE packets left the interface"
in_space client timeout -s INT 1 "$flood" syn_flood --fast --device net_null0 --rate $RATE --seconds 60 --json >"$tmp/told" \
	2>"$tmp/said" && fail "timeout says that it was not stopped"
jq -e '.sent == .attack and .seconds < 5' "$tmp/told" >/dev/null || fail "stopped, and told nothing: $(cat "$tmp/told" "$tmp/said")"
wait_for 4 "no syn_flood" has_alarm syn_flood $SERVER_IP
only_alarms udp_flood syn_flood
adds_up
in_space client "$flood" udp_flood --device net_no_such0 -n 10 2>"$tmp/said" && fail "a device that is not there was accepted"
grep -q 'weir-flood: net_no_such0: ' "$tmp/said" || fail "says not what is wrong: $(cat "$tmp/said")"
sensor_stop
echo "ok: $((RATE * 2)) packets in $seconds s"
