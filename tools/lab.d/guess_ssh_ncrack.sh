# shellcheck shell=bash
# about: ssh passwords (ncrack)
# type: attack
# kind: password_guessing
# target: server
# source: attacker
# tools: ncrack sshd
# within_ms: 10000
play() {
	passwords 200 >"$WORK/list"
	on attacker timeout 30 ncrack --user root -P "$WORK/list" "ssh://$SERVER_IP"
}
