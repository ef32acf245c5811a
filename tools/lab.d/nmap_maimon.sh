# shellcheck shell=bash
# about: Maimon scan of 2,000 ports, FIN-ACK (nmap -sM)
# type: attack
# kind: vertical_scan
# target: server
# source: attacker
# tools: nmap
play() {
	probe attacker 20 -Pn -sM -p1-2000 --max-retries 1 "$SERVER_IP"
}
