# shellcheck shell=bash
# about: SYN by IPv6, forged senders (thcsyn6)
# type: attack
# kind: syn_flood
# target: server/6
# source: attacker
# tools: atk6-thcsyn6
# first: tcp
play() {
	on attacker timeout "$ATTACK_S" atk6-thcsyn6 eth0 "$SERVER_IP6" 80
}
