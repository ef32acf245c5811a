# shellcheck shell=bash
# about: a web server under a load test, connections kept (wrk)
# type: normal
# source: client
# tools: wrk nginx
play() {
	on client wrk -t 1 -c 8 -d 8s "http://$SERVER_IP/"
}
