# shellcheck shell=bash
# about: window scan of 2,000 ports (nmap -sW)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sW -p1-2000 --max-retries 1 "$SERVER_IP"
}
