// Asking the running sensor to do something, over Redis.
//
// Threads    One.
// Memory     From the heap, given back.
#ifndef WEIR_CLI_ASK_H
#define WEIR_CLI_ASK_H

#include "redis.h"

#define CLI_ASK_ARGUMENT_MAX 256 // with its NUL

// Send a command and wait for its answer, which is printed. @param argument  "" none
// @return EXIT_OK; EXIT_FAILED: refused, or no answer, and a line was printed
int cli_ask(struct cli_redis *, const char *command, const char *argument);
// The same with all that comes before and after. @return the command's exit code
int cli_ask_and_close(struct cli_redis *, const char *command, const char *argument);

#endif
