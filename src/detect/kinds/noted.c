// Kinds that rest on notes (noted.h), and what to do. How they are found is in arp.c, dhcp.c, dns.c, icmp.c,
// slow_http.c and beaconing.c.
#include "detect/kinds.h"

#define NOTED .metric = METRIC_N, .scale = SCALE_SCAN

KIND(ARP_SWEEP) = {
	NOTED,
	.metric_name = "addresses_in_10s",
	.unit = "addresses",
	.lull_ns = 10 * 1000000000ull,
	.mitigation
	= "Whoever does this stands in your network: find the machine by its address. If it is a "
	  "router, look for who scans through it.",
};

KIND(ARP_SPOOFING) = {
	NOTED,
	.floor_times = 1,
	.metric_name = "claims",
	.unit = "claims",
	.lull_ns = 10 * 1000000000ull,
	.mitigation = "Traffic of this address may be read or changed on its way. Find the port of "
		      "the hardware "
		      "address that claims it and shut it; switch on dynamic ARP inspection.",
};

KIND(DHCP_STARVATION) = {
	NOTED,
	.proto = 17,
	.metric_name = "clients_in_10s",
	.unit = "clients",
	.lull_ns = 10 * 1000000000ull,
	.mitigation = "Find the switch port on which the hardware addresses appear and limit their "
		      "number there "
		      "(port security, DHCP snooping); look for a second DHCP server.",
};

KIND(DNS_TUNNEL) = {
	NOTED,
	.proto = 17,
	.metric_name = "names_in_60s",
	.unit = "names",
	.lull_ns = 60 * 1000000000ull,
	.mitigation = "Look at what the host sends; block the domain at the resolver, and let no "
		      "other resolver be "
		      "reached from inside.",
};

KIND(ICMP_TUNNEL) = {
	NOTED,
	.metric_name = "unlike_in_60s",
	.unit = "replies",
	.lull_ns = 60 * 1000000000ull,
	.mitigation = "Look at what the host sends; let no more than small echoes pass between "
		      "inside and outside.",
};

KIND(SLOW_HTTP) = {
	NOTED,
	.floor_times = 10,
	.proto = 6,
	.metric_name = "slow_connections",
	.unit = "connections",
	.lull_ns = 10 * 1000000000ull,
	.mitigation
	= "Limit connections from one address (nftables \"ct count\") and the time in which a "
	  "request must be complete (nginx client_header_timeout and client_body_timeout, "
	  "Apache mod_reqtimeout); the sources are real, so blocking them helps.",
};

KIND(BEACONING) = {
	NOTED,
	.floor_times = 1,
	.proto = 6,
	.metric_name = "calls",
	.unit = "even calls",
	.lull_ns = 3600 * 1000000000ull,
	.mitigation = "Find the program that calls, and whether anybody knows it; if it is known, "
		      "put the server on the allow-list. Low by design: it is a hint.",
};
