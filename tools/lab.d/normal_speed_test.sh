# shellcheck shell=bash
# about: as fast as it goes, down and up, four streams (iperf3)
# type: normal
# source: client
# tools: iperf3
play() {
	on client iperf3 -c "$SERVER_IP" -P 4 -b 60M -t 5 -R
	on client iperf3 -c "$SERVER_IP6" -P 4 -b 60M -t 5
}
