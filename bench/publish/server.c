#include "bench/publish/server.h"

#include "publish/link.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TRIES 200 // of 50 ms

static struct link *client(const struct server *s) {
	const struct link_conf conf = {.socket = s->socket, .timeout_ms = 10000};
	char error[LINK_ERROR_MAX];
	struct link *l = NULL;

	return link_open(&l, &conf, error) == 0 ? l : NULL;
}

static redisReply *call(const struct server *s, const char *command) {
	struct link *l = client(s);
	redisReply *reply = l != NULL ? link_call(l, command) : NULL;

	link_close(l);
	return reply;
}

long long server_call(const struct server *s, const char *command) {
	redisReply *reply = call(s, command);
	long long n = -1;

	if (reply == NULL)
		return -1;
	if (reply->type == REDIS_REPLY_INTEGER)
		n = reply->integer;
	else if (reply->type == REDIS_REPLY_STATUS)
		n = 0;
	freeReplyObject(reply);
	return n;
}

// What stands behind "NAME:" in an answer to INFO.
static const char *info_field(const char *info, const char *name) {
	const char *at = strstr(info, name);

	return at != NULL ? at + strlen(name) : "0";
}

double server_cpu_s(const struct server *s) {
	redisReply *reply = call(s, "INFO cpu");
	double seconds = 0;

	if (reply == NULL)
		return 0;
	if (reply->type == REDIS_REPLY_STRING)
		seconds = strtod(info_field(reply->str, "used_cpu_sys:"), NULL)
			+ strtod(info_field(reply->str, "used_cpu_user:"), NULL);
	freeReplyObject(reply);
	return seconds;
}

static void learn_version(struct server *s) {
	redisReply *reply = call(s, "INFO server");

	if (reply == NULL)
		return;
	if (reply->type == REDIS_REPLY_STRING)
		sscanf(info_field(reply->str, "redis_version:"), "%31[0-9.]", s->version);
	freeReplyObject(reply);
}

static void run_server(const struct server *s, bool append) {
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	execlp("redis-server",
	       "redis-server",
	       "--port",
	       "0",
	       "--unixsocket",
	       s->socket,
	       "--dir",
	       s->folder,
	       "--save",
	       "",
	       "--appendonly",
	       append ? "yes" : "no",
	       "--appendfsync",
	       "everysec",
	       (char *)NULL);
	_exit(127);
}

bool server_start(struct server *s, bool append) {
	struct link *l = NULL;

	*s = (struct server) {.folder = "/tmp/weir-bench-XXXXXX"};
	if (mkdtemp(s->folder) == NULL) {
		perror("publish: a folder under /tmp");
		return false;
	}
	snprintf(s->socket, sizeof(s->socket), "%s/redis.sock", s->folder);
	s->pid = fork();
	if (s->pid == 0)
		run_server(s, append);
	for (unsigned i = 0; i < START_TRIES && l == NULL; i++) {
		nanosleep(&(struct timespec) {.tv_nsec = 50000000}, NULL);
		if (s->pid < 0 || waitpid(s->pid, NULL, WNOHANG) == s->pid)
			break;
		l = client(s);
	}
	if (l == NULL) {
		fprintf(stderr, "publish: redis-server does not start: is it installed?\n");
		server_stop(s);
		return false;
	}
	link_close(l);
	learn_version(s);
	return true;
}

static int remove_one(const char *path, const struct stat *, int, struct FTW *) {
	return remove(path);
}

void server_stop(struct server *s) {
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
	nftw(s->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
