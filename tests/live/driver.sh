# shellcheck shell=bash
# What both drivers must do: ordinary traffic raises nothing, hping3 and nmap are named with their target, the packets
# add up. DRIVER is set by the test.
# shellcheck disable=SC2154
need hping3 nmap curl iperf3 dig dnsmasq python3
lab_up "$DRIVER"
configuration ".ports[0].driver = \"af_$DRIVER\"" >"$tmp/weir.json"
sensor_start "$tmp/weir.json"
services_up

normal_traffic 8
sleep 1
no_alarms "ordinary traffic"
adds_up

attack() { # KIND COMMAND...
	local kind=$1

	shift
	"$@"
	wait_for 4 "no $kind for: $*; but: \$(alarms | tr '\n' ';')" has_alarm "$kind" "$SERVER_IP"
	echo "$kind: named"
}

# Alone: nothing else may be named while it goes on.
attack vertical_scan scan 3
only_alarms vertical_scan
attack syn_flood hping 2 -S -p 80 --rand-source -i u10
attack udp_flood hping 2 -2 -p 9999 -d 200 -i u10
attack fin_flood hping 2 -F -p 80 --rand-source -i u10
attack icmp_flood hping 2 -1 -d 56 -i u10
only_alarms syn_flood udp_flood fin_flood icmp_flood vertical_scan
adds_up
sensor_stop
