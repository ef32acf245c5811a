# shellcheck shell=bash
# about: ACK scan of 2,000 ports (nmap -sA)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sA -p1-2000 --max-retries 1 "$SERVER_IP"
}
