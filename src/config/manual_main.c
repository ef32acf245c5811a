// Writes weir.json.5 at build time.
#include "config/config.h"

#include <stdlib.h>

int main(void) {
	config_print_man(stdout);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
