# shellcheck shell=bash
# about: four hosts share the ports of one (nmap)
# type: attack
# kind: distributed_scan vertical_scan
# target: server
# source: attacker attacker2 attacker3 attacker4
# tools: nmap
# within_ms: 3000
play() {
	local n

	for n in 2 3 4; do
		probe "attacker$n" 20 -Pn -sS -p$((n * 700 - 700))-$((n * 700 - 1)) --max-retries 1 --max-rate 100 "$SERVER_IP" &
	done
	probe attacker 20 -Pn -sS -p1-699 --max-retries 1 --max-rate 100 "$SERVER_IP"
	wait
}
