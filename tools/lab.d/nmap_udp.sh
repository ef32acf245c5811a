# shellcheck shell=bash
# about: UDP scan of 1,000 ports (nmap -sU)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sU -p1-1000 --max-retries 1 --min-rate 200 "$SERVER_IP"
}
