// Built where DPDK is not.
#include "output.h"

#include <errno.h>
#include <stdio.h>

struct output *port_output(const char *, char error[static 256]) {
	snprintf(error, 256, "this weir-flood was built without DPDK: write a file with -o");
	errno = ENOTSUP;
	return NULL;
}
