# shellcheck shell=bash
# about: two ports of 256 hosts (masscan)
# type: attack
# kind: horizontal_scan
# target: attacker 10.99.2.0/24
# source: attacker
# tools: masscan
play() {
	on attacker timeout 12 masscan -p22,3389 --rate 300 --wait 1 -e eth0 --router-mac "$(mac farm)" --seed "$SEED" 10.99.2.0/24
}
