# shellcheck shell=bash
# about: SYN scan in fragments of eight bytes (nmap -f)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sS -f -p1-1000 --max-retries 1 "$SERVER_IP"
}
