# shellcheck shell=bash
# about: a balancer asks ten times a second whether the server lives: connect, close (ncat)
# type: normal
# source: client3
# tools: ncat
play() {
	local n

	for ((n = 0; n < 80; n++)); do
		on client3 ncat -z -w 1 "$SERVER_IP" 80
		sleep 0.08
	done
}
