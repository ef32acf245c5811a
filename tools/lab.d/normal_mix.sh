# shellcheck shell=bash
# about: web, names, transfers and ping at once, both families
# type: normal
# source: client
# tools: curl dig iperf3 ping dnsmasq
play() {
	normal_traffic 16
}
