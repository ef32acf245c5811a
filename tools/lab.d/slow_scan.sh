# shellcheck shell=bash
# about: one port every second, two minutes long (hping3)
# type: attack
# kind: slow_scan vertical_scan
# target: server
# source: attacker
# tools: hping3
# within_ms: 60000
# closes_ms: 130000
play() {
	on attacker timeout -s INT 60 hping3 -q -i 1 -S -p ++7000 "$SERVER_IP"
}
