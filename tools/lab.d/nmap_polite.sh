# shellcheck shell=bash
# about: SYN scan at 2.5 ports a second (nmap -T2)
# type: attack
# kind: slow_scan vertical_scan
# target: server
# source: attacker
# tools: nmap
# within_ms: 30000
# closes_ms: 130000
play() {
	probe attacker 45 -Pn -sS -T2 -p1-1000 --max-retries 1 "$SERVER_IP"
}
