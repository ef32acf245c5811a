# shellcheck shell=bash
# about: a monitor pings thirty hosts and asks each for its web page, every four seconds (ping, ncat)
# type: normal
# source: client3
# tools: ping ncat
play() {
	local n

	for _ in 1 2 3; do
		for ((n = 1; n <= 30; n++)); do
			on client3 ping -q -c 1 -W 1 "10.99.2.$n"
			on client3 ncat -z -w 1 "10.99.2.$n" 80
		done
		sleep 4
	done
	true
}
