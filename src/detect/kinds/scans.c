// Scans, fast and slow, and guessing: what is told of them. How they are found is in scan.c, slow.c and
// guessing.c.
#include "detect/kinds.h"

#define SCAN .metric = METRIC_N, .scale = SCALE_SCAN

KIND(VERTICAL_SCAN, "vertical_scan", "Port scan of one host", 5, 300) = {
	SCAN,
	.metric_name = "ports_in_10s",
	.unit = "ports",
	.lull_ns = 8 * 1000000000ull, // a scanner looks closer at what it has found
	.mitigation = "Find out who scans; block the source if it is not yours. Close what need "
		      "not be open on the target: the scanner now knows it.",
};

KIND(HORIZONTAL_SCAN, "horizontal_scan", "Scan of many hosts for one port", 5, 300) = {
	SCAN,
	.metric_name = "hosts_in_10s",
	.unit = "hosts",
	.mitigation = "If the source is inside your network, isolate it and look for malware; "
		      "else block it at the border.",
};

KIND(SLOW_SCAN, "slow_scan", "Slow scan", 3, 0) = {
	SCAN,
	.within_s = 600,
	.metric_name = "targets_in_10min",
	.unit = "ports or hosts",
	.lull_ns = 120 * 1000000000ull,
	.mitigation
	= "Somebody takes his time in order not to be seen. If the source is inside your "
	  "network, look for malware on it; else block it at the border, and see what else "
	  "it did.",
};

KIND(PASSWORD_GUESSING, "password_guessing", "Password guessing", 2, 0) = {
	SCAN,
	.within_s = 15,
	.metric_name = "logins",
	.unit = "connections",
	.lull_ns = 1 * 1000000000ull, // the ten seconds behind it are its pauses
	.mitigation
	= "Look into the service's log for a login that succeeded; block the source, and "
	  "limit tries (fail2ban, MaxStartups), or allow keys and known networks only.",
};
