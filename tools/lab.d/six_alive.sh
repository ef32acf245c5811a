# shellcheck shell=bash
# about: who is there: 512 IPv6 hosts (nmap -6 -sn)
# type: attack
# kind: horizontal_scan
# target: attacker/6 2001:db8:99:2::/119
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -6 -sn --send-ip --max-rate 200 2001:db8:99:2::/119
}
