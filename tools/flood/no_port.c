// Until there is a sender.
#include "output.h"

#include <errno.h>
#include <stdio.h>

struct output *port_output(const char *, char error[static 256]) {
	snprintf(
		error,
		256,
		"sending is not in this version: write a file with -o, and send that (tcpreplay)"
	);
	errno = ENOTSUP;
	return NULL;
}
