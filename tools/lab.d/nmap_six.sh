# shellcheck shell=bash
# about: SYN scan by IPv6 (nmap -6)
# type: attack
# kind: vertical_scan
# target: server/6
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -6 -sS -p1-3000 --max-retries 1 "$SERVER_IP6"
}
