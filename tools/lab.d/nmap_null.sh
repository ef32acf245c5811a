# shellcheck shell=bash
# about: NULL scan of 2,000 ports (nmap -sN)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sN -p1-2000 --max-retries 1 "$SERVER_IP"
}
