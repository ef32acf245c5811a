# shellcheck shell=bash
# about: ports, versions and operating system (nmap -A)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
# within_ms: 2000
play() {
	probe attacker 30 -Pn -A -p1-1024 --max-retries 1 "$SERVER_IP"
}
