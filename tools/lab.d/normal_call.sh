# shellcheck shell=bash
# about: a call of two people: fifty small packets a second each way (iperf3)
# type: normal
# source: client2
# tools: iperf3
# packets: 300
play() {
	on client2 iperf3 -c "$SERVER_IP" -u -b 64k -l 160 -t 8 --bidir
}
