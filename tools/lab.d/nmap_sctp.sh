# shellcheck shell=bash
# about: SCTP INIT scan of 1,000 ports (nmap -sY)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sY -p1-1000 --max-retries 1 "$SERVER_IP"
}
