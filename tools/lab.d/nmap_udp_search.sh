# shellcheck shell=bash
# about: who has SNMP: one UDP port of 256 hosts (nmap -sU)
# type: attack
# kind: horizontal_scan
# target: attacker 10.99.2.0/24
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sU -p161 --max-retries 1 10.99.2.0/24
}
