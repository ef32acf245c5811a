# shellcheck shell=bash
# about: all ports of one host (masscan)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: masscan
play() {
	on attacker timeout 12 masscan -p1-20000 --rate 2000 --wait 1 -e eth0 --router-mac "$(mac server)" --seed "$SEED" "$SERVER_IP"
}
