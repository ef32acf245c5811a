# shellcheck shell=bash
# about: which IP protocols does a host speak (nmap -sO)
# type: attack
# kind: protocol_scan vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sO --max-retries 1 --min-rate 50 "$SERVER_IP"
}
