# shellcheck shell=bash
# about: 200 people outside open one page within seconds (curl)
# type: normal
# source: world
# tools: curl nginx
play() {
	local n

	for ((n = 1; n <= 200; n++)); do
		on world curl -fsS -m 8 --interface "203.0.113.$n" -o /dev/null "http://$SERVER_IP/" \
			-o /dev/null "http://$SERVER_IP/picture" &
		sleep 0.0$((RANDOM % 5 + 1))
	done
	wait
}
