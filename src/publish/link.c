#include "publish/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct link {
	redisContext *ctx;
	struct resp out; // not sent yet
	uint32_t timeout_ms;
	bool failed;
	unsigned elements; // of arrays in the answer that is being read
	uint64_t client_id;
	char where[128];
	char error[LINK_ERROR_MAX];
};

static const struct {
	const char *code;
	const char *advice;
} advices[] = {
	{"NOAUTH", "it wants a password: name a password file"},
	{"WRONGPASS", "check the user and the password file"},
	{"ERR invalid password", "check the password file"},
	{"ERR AUTH", "it knows no password: remove the password file from the settings"},
	{"ERR Client sent AUTH",
	 "it knows no password: remove the password file from the settings"},
	{"NOPERM", "give its user the keys weir:* and the commands that are refused here"},
	{"OOM", "raise its maxmemory, or keep fewer events"},
	{"READONLY", "it is a replica: name the primary"},
	{"LOADING", "it reads its data from disk: wait"},
	{"WRONGTYPE", "a key of another program has this name: rename or delete it"},
	{"MISCONF", "it cannot write its own disk: see its log"},
	{"MASTERDOWN", "its primary is down: name another"},
	{"CLUSTERDOWN", "its cluster is down"},
	{"MOVED", "it is a cluster: name the node that holds this sensor's keys"},
	{"BUSY", "a script keeps it busy: SCRIPT KILL"},
	{"ERR max number of clients", "raise its maxclients"},
	{"ERR DB index", "the database does not exist"},
	{"ERR unknown command", "it is too old: Redis 5 or newer has streams"},
};

const char *redis_advice(const char *error_answer) {
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		if (strncmp(error_answer, advices[i].code, strlen(advices[i].code)) == 0)
			return advices[i].advice;
	return "";
}

static uint64_t now_ms(void) {
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

[[gnu::format(printf, 2, 3)]] static void link_fail(struct link *l, const char *format, ...) {
	char what[160];
	va_list args;

	if (l->failed)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	for (char *c = what; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?'; // the server's own words may be in it
	snprintf(l->error, sizeof(l->error), "Redis at %.80s: %s", l->where, what);
	l->failed = true;
}

// --- sending and receiving: hiredis parses, the waiting is ours, so that it has an end

static bool link_wait(struct link *l, short what, uint64_t until_ms) {
	struct pollfd p = {.fd = l->ctx->fd, .events = what};

	for (;;) {
		const uint64_t now = now_ms();
		const int n = poll(&p, 1, now < until_ms ? (int)(until_ms - now) : 0);

		if (n > 0)
			return true;
		if (n == 0) {
			link_fail(l, "no answer within %u ms: does it hang?", l->timeout_ms);
			return false;
		}
		if (errno != EINTR) {
			link_fail(l, "poll: %s", strerror(errno));
			return false;
		}
	}
}

// Takes in what there is. hiredis' parser is fed here rather than by redisBufferRead(), which
// neither counts bytes nor ends when they only trickle.
static bool link_receive(struct link *l, size_t *total) {
	char bytes[16 << 10];
	const ssize_t n = recv(l->ctx->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n == 0) {
		link_fail(l, "it closed the connection");
		return false;
	}
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return true;
		link_fail(l, "%s", strerror(errno));
		return false;
	}
	*total += (size_t)n;
	if (*total > LINK_ANSWER_MAX) {
		link_fail(l, "an answer of more than %u MB: is this Redis?", LINK_ANSWER_MAX >> 20);
		return false;
	}
	if (redisReaderFeed(l->ctx->reader, bytes, (size_t)n) != REDIS_OK) {
		link_fail(l, "not the Redis protocol: %.80s", l->ctx->reader->errstr);
		return false;
	}
	return true;
}

// Sends what the kernel takes now.
static bool link_send(struct link *l) {
	struct resp *out = &l->out;

	if (out->failed)
		link_fail(l, "out of memory");
	while (!l->failed && resp_left(out) > 0) {
		const ssize_t sent
			= send(l->ctx->fd,
			       out->bytes + out->sent,
			       resp_left(out),
			       MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0)
			resp_sent(out, (size_t)sent);
		else if (sent < 0 && errno == EAGAIN)
			return true;
		else if (sent < 0 && errno != EINTR)
			link_fail(l, "%s", strerror(errno));
	}
	return !l->failed;
}

void link_push(struct link *l) {
	if (!l->failed)
		link_send(l);
}

// Sends all that is queued; takes in answers meanwhile, or both sides could wait for each other.
static bool link_flush(struct link *l, uint64_t until_ms) {
	size_t total = 0;

	while (link_send(l)) {
		if (resp_left(&l->out) == 0)
			return true;
		if (!link_wait(l, POLLIN | POLLOUT, until_ms) || !link_receive(l, &total))
			break;
	}
	return false;
}

redisReply *link_reply(struct link *l) {
	const uint64_t until_ms = now_ms() + l->timeout_ms;
	size_t total = 0;
	void *reply = NULL;

	if (l->failed || !link_flush(l, until_ms))
		return NULL;
	for (;;) {
		if (redisReaderGetReply(l->ctx->reader, &reply) != REDIS_OK) {
			link_fail(l, "not the Redis protocol: %.80s", l->ctx->reader->errstr);
			return NULL;
		}
		if (reply != NULL) {
			l->elements = 0;
			return reply;
		}
		if (!link_wait(l, POLLIN, until_ms) || !link_receive(l, &total))
			return NULL;
	}
}

static void link_vadd(struct link *l, const char *format, va_list args) {
	char *command = NULL;
	int n;

	if (l->failed)
		return;
	n = redisvFormatCommand(&command, format, args);
	if (n < 0) {
		link_fail(l, "out of memory");
		return;
	}
	resp_whole(&l->out, command, (size_t)n);
	redisFreeCommand(command);
}

void link_add(struct link *l, const char *format, ...) {
	va_list args;

	va_start(args, format);
	link_vadd(l, format, args);
	va_end(args);
}

struct resp *link_out(struct link *l) {
	return &l->out;
}

redisReply *link_call(struct link *l, const char *format, ...) {
	va_list args;

	va_start(args, format);
	link_vadd(l, format, args);
	va_end(args);
	return link_reply(l);
}

const char *link_error(const struct link *l) {
	return l->error;
}

uint64_t link_client_id(const struct link *l) {
	return l->client_id;
}

// --- opening

#define ELEMENTS_MAX (1u << 20) // of all arrays in an answer; we ask for some thousands at most

static redisReplyObjectFunctions parts; // hiredis' own, but for arrays; set once
static void *(*plain_array)(const redisReadTask *, int);
static pthread_once_t parts_once = PTHREAD_ONCE_INIT;

// hiredis takes memory for as many elements as the server announces, before the first has come.
static void *bounded_array(const redisReadTask *task, int elements) {
	struct link *l = task->privdata;

	if (elements < 0 || (unsigned)elements > ELEMENTS_MAX - l->elements)
		return NULL;
	l->elements += (unsigned)elements;
	return plain_array(task, elements);
}

static void parts_make(void) {
	redisReader *reader = redisReaderCreate();

	if (reader == NULL)
		return;
	parts = *reader->fn;
	plain_array = parts.createArray;
	parts.createArray = bounded_array;
	redisReaderFree(reader);
}

static bool bound_arrays(struct link *l) {
	pthread_once(&parts_once, parts_make);
	if (plain_array == NULL)
		link_fail(l, "out of memory");
	if (l->failed)
		return false;
	l->ctx->reader->fn = &parts;
	l->ctx->reader->privdata = l;
	return true;
}

static bool answered_ok(struct link *l, redisReply *reply, const char *what) {
	const bool ok = reply != NULL && reply->type != REDIS_REPLY_ERROR;

	if (reply != NULL && !ok) {
		const char *advice = redis_advice(reply->str);

		link_fail(
			l, "%s: %.90s%s%s", what, reply->str, *advice != '\0' ? ": " : "", advice
		);
	}
	if (reply != NULL)
		freeReplyObject(reply);
	return ok;
}

static bool password_read(struct link *l, const char *path, char password[static 512]) {
	FILE *f = fopen(path, "re");

	if (f == NULL) {
		link_fail(l, "password file %.60s: %s", path, strerror(errno));
		return false;
	}
	if (fgets(password, 512, f) == NULL)
		password[0] = '\0';
	fclose(f);
	password[strcspn(password, "\r\n")] = '\0';
	if (password[0] == '\0') {
		link_fail(l, "password file %.60s: its first line is empty", path);
		return false;
	}
	return true;
}

static bool link_login(struct link *l, const struct link_conf *conf) {
	const bool user = conf->user != NULL && *conf->user != '\0';
	char password[512] = "";
	bool ok = true;

	if (conf->password_file != NULL && *conf->password_file != '\0') {
		if (!password_read(l, conf->password_file, password))
			return false;
		ok = answered_ok(
			l,
			user ? link_call(l, "AUTH %s %s", conf->user, password)
			     : link_call(l, "AUTH %s", password),
			"AUTH"
		);
		explicit_bzero(password, sizeof(password));
	}
	if (ok && conf->db != 0)
		ok = answered_ok(l, link_call(l, "SELECT %u", (unsigned)conf->db), "SELECT");
	return ok && answered_ok(l, link_call(l, "PING"), "PING");
}

// Not every user may ask; then a stuck connection of ours is only left to its fate.
static void learn_client_id(struct link *l) {
	redisReply *reply = link_call(l, "CLIENT ID");

	if (reply == NULL)
		return;
	if (reply->type == REDIS_REPLY_INTEGER && reply->integer > 0)
		l->client_id = (uint64_t)reply->integer;
	freeReplyObject(reply);
}

static void link_connect(struct link *l, const struct link_conf *conf) {
	const struct timeval timeout = {conf->timeout_ms / 1000, conf->timeout_ms % 1000 * 1000};
	const bool by_path = conf->socket != NULL && *conf->socket != '\0';
	const char *host = conf->host != NULL ? conf->host : "";

	if (by_path)
		snprintf(l->where, sizeof(l->where), "%s", conf->socket);
	else
		snprintf(l->where, sizeof(l->where), "%s:%u", host, conf->port);
	l->ctx = by_path ? redisConnectUnixWithTimeout(conf->socket, timeout)
			 : redisConnectWithTimeout(host, conf->port, timeout);
	if (l->ctx == NULL)
		link_fail(l, "out of memory");
	else if (l->ctx->err != 0)
		link_fail(l, "%.80s: is it running there?", l->ctx->errstr);
}

int link_open(struct link **out, const struct link_conf *conf, char error[static LINK_ERROR_MAX]) {
	struct link *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		snprintf(error, LINK_ERROR_MAX, "out of memory");
		return -ENOMEM;
	}
	l->timeout_ms = conf->timeout_ms;
	link_connect(l, conf);
	if (!l->failed && bound_arrays(l) && link_login(l, conf))
		learn_client_id(l);
	if (l->failed) {
		snprintf(error, LINK_ERROR_MAX, "%s", l->error);
		link_close(l);
		return -ECONNREFUSED;
	}
	*out = l;
	return 0;
}

void link_close(struct link *l) {
	// Reset rather than close: the kernel must not go on sending what we will send again.
	const struct linger now = {.l_onoff = 1};

	if (l == NULL)
		return;
	resp_free(&l->out);
	if (l->ctx != NULL) {
		if (l->failed && l->ctx->fd >= 0)
			setsockopt(l->ctx->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		redisFree(l->ctx);
	}
	free(l);
}
