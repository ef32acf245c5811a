# shellcheck shell=bash
# about: SYN scan of 3,000 ports (nmap -sS)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sS -p1-3000 --max-retries 1 "$SERVER_IP"
}
