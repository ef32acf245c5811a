# shellcheck shell=bash
# about: XMAS scan of 2,000 ports (nmap -sX)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sX -p1-2000 --max-retries 1 "$SERVER_IP"
}
