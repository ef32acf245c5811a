# shellcheck shell=bash
# about: connect scan of 3,000 ports (nmap -sT)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sT -p1-3000 --max-retries 1 "$SERVER_IP"
}
