# shellcheck shell=bash
# about: SYN to a web server, forged senders (hping3)
# type: attack
# kind: syn_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -S -p 80 --rand-source
}
