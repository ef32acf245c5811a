// What the commands that ask a Redis share: options, connection, choice of the sensor, and answers
// that are not believed before they have been looked at.
//
// Threads    One.
// Ownership  cli_redis_close() frees all that cli_redis_open() took.
#ifndef WEIR_CLI_REDIS_H
#define WEIR_CLI_REDIS_H

#include "cli.h"
#include "publish/keys.h"
#include "publish/link.h"

#include <jansson.h>

#include <getopt.h>

// Beyond the letters that a command uses itself.
enum cli_redis_letter { OPTION_REDIS = 1000, OPTION_SENSOR, OPTION_USER, OPTION_PASSWORD };

// Rows for getopt_long().
// clang-format off
#define CLI_REDIS_OPTIONS                                                                          \
	{"redis", required_argument, NULL, OPTION_REDIS},                                          \
	{"sensor", required_argument, NULL, OPTION_SENSOR},                                        \
	{"user", required_argument, NULL, OPTION_USER},                                            \
	{"password-file", required_argument, NULL, OPTION_PASSWORD},                               \
	{"json", no_argument, NULL, 'j'},                                                          \
	{"help", no_argument, NULL, 'h'}
// clang-format on

#define CLI_REDIS_HELP                                                                             \
	"  --json                one JSON object a line, for machines\n"                           \
	"  --redis WHERE         unix:/PATH or HOST:PORT (default: " REDIS_SOCKET_DEFAULT ",\n"    \
	"                        or 127.0.0.1:6379 where that is missing)\n"                       \
	"  --sensor NAME         which sensor (default: the only one there is)\n"                  \
	"  --user NAME           user of Redis\n"                                                  \
	"  --password-file FILE  its first line is the password of Redis\n"

struct cli_redis {
	const char *command; // for messages
	const char *where, *user, *password_file; // as given; NULL: not
	bool json;
	bool help;
	bool quiet; // say nothing of what fails
	char sensor[64]; // as given, then as found
	struct link *link;
};

// Take one option. @return false: it is none of ours
bool cli_redis_option(struct cli_redis *, int letter);
// For a command that has no options but these: take them all, and answer --help.
// @return whether to go on; false: *code is the exit code
bool cli_redis_options_only(struct cli_redis *, int argc, char **argv, const char *help, int *code);
// Connect and find the sensor. @return EXIT_OK, or the exit code after an error was printed
int cli_redis_open(struct cli_redis *);
void cli_redis_close(struct cli_redis *);

// Print "weir COMMAND: ...". @return code
[[gnu::format(printf, 3, 4)]] int
cli_redis_fail(const struct cli_redis *, int code, const char *format, ...);

// Look at an answer: NULL, an error or another type than wanted is said, and freed.
// @param type  REDIS_REPLY_x @return the answer, or NULL
redisReply *cli_redis_expect(const struct cli_redis *, redisReply *, int type, const char *what);

// Text of an answer; "" where it is none. May hold anything, but ends in a NUL.
const char *reply_text(const redisReply *);
// The value of a field in [name, value, name, value ...]; NULL if there is none.
const redisReply *reply_field(const redisReply *fields, const char *name);
// A JSON object; NULL: it is none. The caller frees it.
json_t *reply_json(const redisReply *);
// One entry of a stream: [id, [field, value ...]]. NULL fields: it is none.
const redisReply *entry_fields(const redisReply *entry);
const char *entry_id(const redisReply *entry); // "" if none or if it is no id

// The name of a key of this sensor.
const char *cli_key(const struct cli_redis *, enum redis_key key, char text[static KEY_TEXT_MAX]);

// After the last output. @return EXIT_OK, or EXIT_FAILED after saying that it could not be written
int cli_finish(const struct cli_redis *);

// JSON that came from outside: a number or a text, or nothing.
double json_number_at(const json_t *, const char *key); // NaN if none
const char *json_text_at(const json_t *, const char *key); // "" if none

#endif
