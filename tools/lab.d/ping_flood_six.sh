# shellcheck shell=bash
# about: echo requests by IPv6 (ping -f)
# type: attack
# kind: icmp_flood icmpv6_flood
# target: server/6
# source: attacker
# tools: ping
# first: icmp6
play() {
	on attacker timeout -s INT "$ATTACK_S" ping -6 -q -f -s 200 "$SERVER_IP6"
}
