# shellcheck shell=bash
# about: SYN scan hidden among seven decoys (nmap -D)
# type: attack
# kind: vertical_scan distributed_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sS -p1-2000 --max-retries 1 -D 203.0.113.1,203.0.113.2,203.0.113.3,203.0.113.4,198.51.100.5,198.51.100.6,198.51.100.7,ME "$SERVER_IP"
}
