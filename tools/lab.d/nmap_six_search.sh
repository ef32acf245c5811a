# shellcheck shell=bash
# about: who has ssh: one port of 200 IPv6 hosts (nmap -6)
# type: attack
# kind: horizontal_scan
# target: attacker/6 2001:db8:99:2::/120
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -6 -sS -p22 --max-retries 1 2001:db8:99:2::/120
}
