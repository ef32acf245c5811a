# shellcheck shell=bash
# about: UDP scan by IPv6 (nmap -6 -sU)
# type: attack
# kind: vertical_scan
# target: server/6
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -6 -sU -p1-1000 --max-retries 1 --min-rate 200 "$SERVER_IP6"
}
