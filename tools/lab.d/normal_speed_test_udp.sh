# shellcheck shell=bash
# about: a call and a speed test by UDP (iperf3)
# type: normal
# source: client2
# tools: iperf3
play() {
	on client2 iperf3 -c "$SERVER_IP" -u -b 40M -l 1200 -t 6
}
