# shellcheck shell=bash
# about: two hundred browsers that keep their connection open after a page (python3)
# type: normal
# source: client2
# tools: python3
play() {
	on client2 python3 - "$SERVER_IP" <<-'END'
		import http.client, sys, time
		held = []
		for _ in range(200):
		    browser = http.client.HTTPConnection(sys.argv[1], timeout=5)
		    browser.request("GET", "/")
		    browser.getresponse().read()
		    held.append(browser)
		    time.sleep(0.01)
		time.sleep(10)
	END
}
