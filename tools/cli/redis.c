#include "redis.h"

#include "publish/record.h"
#include "publish/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_MS 3000
#define SENSORS_SHOWN 50

int cli_redis_fail(const struct cli_redis *c, int code, const char *format, ...) {
	char line[1024];
	struct text clean = {0};
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (c->quiet)
		return code;
	fflush(stdout);
	text_add_clean(&clean, line); // the server's words may be in it
	fprintf(stderr, "weir %s: %s\n", c->command, clean.at != NULL ? clean.at : "");
	free(text_take(&clean));
	return code;
}

bool cli_redis_option(struct cli_redis *c, int letter) {
	switch (letter) {
	case OPTION_REDIS:
		c->where = optarg;
		return true;
	case OPTION_SENSOR:
		// One that is too long cannot be found, and is not cut into another's name.
		snprintf(c->sensor, sizeof(c->sensor), "%s", strlen(optarg) < 64 ? optarg : "?");
		return true;
	case OPTION_USER:
		c->user = optarg;
		return true;
	case OPTION_PASSWORD:
		c->password_file = optarg;
		return true;
	case 'j':
		c->json = true;
		return true;
	case 'h':
		c->help = true;
		return true;
	default:
		return false;
	}
}

bool cli_redis_options_only(
	struct cli_redis *c,
	int argc,
	char **argv,
	const char *help,
	int *code
) {
	static const struct option known[] = {CLI_REDIS_OPTIONS, {0}};
	int letter;

	optind = 0;
	while ((letter = cli_option(argc, argv, "h", known)) != -1)
		if (!cli_redis_option(c, letter)) {
			*code = EXIT_USAGE;
			return false;
		}
	if (!c->help)
		return true;
	fputs(help, stdout);
	*code = cli_finish(c);
	return false;
}

// --- answers

redisReply *
cli_redis_expect(const struct cli_redis *c, redisReply *reply, int type, const char *what) {
	if (reply == NULL) {
		cli_redis_fail(c, 0, "%s", link_error(c->link));
		return NULL;
	}
	if (reply->type == type)
		return reply;
	if (reply->type == REDIS_REPLY_ERROR) {
		const char *advice = redis_advice(reply->str);

		cli_redis_fail(
			c,
			0,
			"Redis does not give %s: %.200s%s%s",
			what,
			reply->str,
			*advice != '\0' ? ": " : "",
			advice
		);
	} else {
		cli_redis_fail(
			c, 0, "Redis gave something else than %s: is it the sensor's Redis?", what
		);
	}
	freeReplyObject(reply);
	return NULL;
}

const char *reply_text(const redisReply *r) {
	if (r == NULL || (r->type != REDIS_REPLY_STRING && r->type != REDIS_REPLY_STATUS))
		return "";
	return r->str;
}

const redisReply *reply_field(const redisReply *fields, const char *name) {
	if (fields == NULL || fields->type != REDIS_REPLY_ARRAY)
		return NULL;
	for (size_t i = 0; i + 1 < fields->elements; i += 2)
		if (strcmp(reply_text(fields->element[i]), name) == 0)
			return fields->element[i + 1];
	return NULL;
}

json_t *reply_json(const redisReply *r) {
	json_t *json;

	if (r == NULL || r->type != REDIS_REPLY_STRING)
		return NULL;
	json = json_loadb(r->str, (size_t)r->len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

const redisReply *entry_fields(const redisReply *entry) {
	if (entry == NULL || entry->type != REDIS_REPLY_ARRAY || entry->elements != 2
	    || entry->element[1]->type != REDIS_REPLY_ARRAY)
		return NULL;
	return entry->element[1];
}

const char *entry_id(const redisReply *entry) {
	const redisReply *id;
	struct stream_id parsed;

	if (entry == NULL || entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
		return "";
	id = entry->element[0];
	if (id->type != REDIS_REPLY_STRING || !stream_id_parse(&parsed, id->str, (size_t)id->len))
		return "";
	return id->str;
}

double json_number_at(const json_t *o, const char *key) {
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

const char *json_text_at(const json_t *o, const char *key) {
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

const char *cli_key(const struct cli_redis *c, enum redis_key key, char text[static KEY_TEXT_MAX]) {
	return key_text(key, c->sensor, "", text);
}

int cli_finish(const struct cli_redis *c) {
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return EXIT_OK;
	return cli_redis_fail(c, EXIT_FAILED, "standard output: %s", strerror(errno));
}

// --- where Redis is

// "unix:/path", "/path", "host", "host:port", "[2001:db8::1]:port"
static int where_parse(const struct cli_redis *c, struct link_conf *conf, char host[static 256]) {
	const char *where = c->where;
	const char *port;
	char *end;
	size_t n;

	if (strncmp(where, "unix:", 5) == 0)
		where += 5;
	if (where[0] == '/') {
		conf->socket = where;
		return EXIT_OK;
	}
	port = strrchr(where, ':');
	if (where[0] == '[' && strchr(where, ']') != NULL) {
		n = (size_t)(strchr(where, ']') - where) - 1;
		port = where[n + 2] == ':' ? &where[n + 2] : NULL;
		where++;
	} else {
		n = port != NULL ? (size_t)(port - where) : strlen(where);
	}
	if (n == 0 || n >= 256 || where != c->where + (c->where[0] == '['))
		return cli_redis_fail(
			c, EXIT_USAGE, "--redis %.200s: unix:/PATH or HOST:PORT is wanted", c->where
		);
	memcpy(host, where, n);
	host[n] = '\0';
	conf->host = host;
	if (port != NULL) {
		const unsigned long number = strtoul(port + 1, &end, 10);

		if (port[1] < '0' || port[1] > '9' || *end != '\0' || number == 0 || number > 65535)
			return cli_redis_fail(
				c,
				EXIT_USAGE,
				"--redis %.200s: the port is a number from 1 to 65535",
				c->where
			);
		conf->port = (uint16_t)number;
	}
	return EXIT_OK;
}

static int redis_connect(struct cli_redis *c) {
	struct link_conf conf = {
		.user = c->user,
		.password_file = c->password_file,
		.port = REDIS_PORT_DEFAULT,
		.timeout_ms = TIMEOUT_MS,
	};
	char host[256], error[LINK_ERROR_MAX];
	int code = EXIT_OK;

	if (c->where != NULL)
		code = where_parse(c, &conf, host);
	else if (access(REDIS_SOCKET_DEFAULT, F_OK) == 0)
		conf.socket = REDIS_SOCKET_DEFAULT;
	else
		conf.host = "127.0.0.1";
	if (code != EXIT_OK)
		return code;
	if (link_open(&c->link, &conf, error) < 0)
		return cli_redis_fail(
			c,
			EXIT_FAILED,
			"%s%s",
			error,
			c->where == NULL ? " Name it with --redis" : ""
		);
	return EXIT_OK;
}

// --- which sensor

static bool sensor_name_ok(const char *name) {
	if (*name == '\0' || strlen(name) > 63)
		return false;
	for (; *name != '\0'; name++)
		if (*name <= ' ' || *name == '{' || *name == '}' || *name == 0x7f)
			return false;
	return true;
}

static int sensor_missing(const struct cli_redis *c, const redisReply *names) {
	struct text list = {0};
	int code;

	for (size_t i = 0; i < names->elements && i < SENSORS_SHOWN; i++)
		text_add(&list, "%s%.63s", i > 0 ? ", " : "", reply_text(names->element[i]));
	if (names->elements == 0)
		code = cli_redis_fail(
			c,
			EXIT_NOT_FOUND,
			"no sensor has reported to this Redis: is weird running, and does it use "
			"it?"
		);
	else if (c->sensor[0] != '\0')
		code = cli_redis_fail(
			c,
			EXIT_NOT_FOUND,
			"no sensor \"%s\": there is %s",
			c->sensor,
			list.at != NULL ? list.at : ""
		);
	else
		code = cli_redis_fail(
			c,
			EXIT_USAGE,
			"more than one sensor: choose with --sensor: %s",
			list.at != NULL ? list.at : ""
		);
	free(text_take(&list));
	return code;
}

static int sensor_find(struct cli_redis *c) {
	redisReply *names = cli_redis_expect(
		c,
		link_call(c->link, "ZREVRANGE " REDIS_KEY_SENSORS " 0 999"),
		REDIS_REPLY_ARRAY,
		"its sensors"
	);
	int code = EXIT_OK;
	bool found = false;

	if (names == NULL)
		return EXIT_FAILED;
	for (size_t i = 0; i < names->elements && c->sensor[0] != '\0'; i++)
		found |= strcmp(reply_text(names->element[i]), c->sensor) == 0;
	if (c->sensor[0] == '\0' && names->elements == 1) {
		snprintf(c->sensor, sizeof(c->sensor), "%s", reply_text(names->element[0]));
		found = true;
	}
	if (!found)
		code = sensor_missing(c, names);
	else if (!sensor_name_ok(c->sensor))
		code = cli_redis_fail(c, EXIT_FAILED, "the sensor's name is not one");
	freeReplyObject(names);
	return code;
}

int cli_redis_open(struct cli_redis *c) {
	int code = redis_connect(c);

	if (code == EXIT_OK)
		code = sensor_find(c);
	if (code != EXIT_OK)
		cli_redis_close(c);
	return code;
}

void cli_redis_close(struct cli_redis *c) {
	link_close(c->link);
	c->link = NULL;
}
