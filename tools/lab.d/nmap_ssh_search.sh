# shellcheck shell=bash
# about: who has ssh: one port of 256 hosts (nmap)
# type: attack
# kind: horizontal_scan
# target: attacker 10.99.2.0/24
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sS -p22 --max-retries 1 10.99.2.0/24
}
