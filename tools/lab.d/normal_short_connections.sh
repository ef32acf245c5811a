# shellcheck shell=bash
# about: thousands of short connections (ab)
# type: normal
# source: client client2
# tools: ab nginx
play() {
	on client ab -q -n 1500 -c 4 "http://$SERVER_IP/"
	on client2 ab -q -n 1500 -c 4 "http://[$SERVER_IP6]/"
}
