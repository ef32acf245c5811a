# shellcheck shell=bash
# about: who is there: echo, SYN and ACK to 256 hosts (nmap -sn)
# type: attack
# kind: horizontal_scan
# target: attacker 10.99.2.0/24
# source: attacker
# tools: nmap
# within_ms: 2500
# nmap begins slowly: fifty hosts, which make a scan, have been asked after 1.5 s.
play() {
	probe attacker 20 -sn --send-ip 10.99.2.0/24
}
