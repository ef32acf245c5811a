# shellcheck shell=bash
# about: IP protocol 50 (ESP), forged senders (hping3)
# type: attack
# kind: protocol_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" --rawip -H 50 -d 64 --rand-source
}
