// Scans: what is told of them. How they are found is in scan.c.
#include "detect/kinds.h"

KIND(VERTICAL_SCAN) = {
	.metric = METRIC_N,
	.scale = SCALE_SCAN,
	.metric_name = "ports_in_10s",
	.unit = "ports",
	.mitigation = "Find out who scans; block the source if it is not yours. Close what need "
		      "not be open on the target: the scanner now knows it.",
};

KIND(HORIZONTAL_SCAN) = {
	.metric = METRIC_N,
	.scale = SCALE_SCAN,
	.metric_name = "hosts_in_10s",
	.unit = "hosts",
	.mitigation = "If the source is inside your network, isolate it and look for malware; "
		      "else block it at the border.",
};
