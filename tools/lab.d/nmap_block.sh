# shellcheck shell=bash
# about: 100 ports of 64 hosts (nmap)
# type: attack
# kind: horizontal_scan vertical_scan
# target: attacker 10.99.2.64/26
# source: attacker
# tools: nmap
# also: vertical_scan horizontal_scan
play() {
	probe attacker 20 -Pn -sS -p1-100 --max-retries 1 --max-rate 2000 10.99.2.64/26
}
