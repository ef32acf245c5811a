// A build without DPDK cannot send.
#include "output.h"

#include <errno.h>
#include <stdio.h>

struct output *port_output(const struct settings *, char error[static 256]) {
	snprintf(
		error,
		256,
		"this build has no DPDK to send with: write a file with -o, and send that "
		"(tcpreplay)"
	);
	errno = ENOTSUP;
	return NULL;
}
