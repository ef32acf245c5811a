// What no single setting can tell: settings that contradict each other.
#include "config/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const port_names[] = {"interface", "pci", "file", "vdev"};
#define PORT_NAMES (sizeof(port_names) / sizeof(port_names[0]))

// One word of a path: a key, or "[N]". @return what follows
static const char *path_word(const char *path, char word[static READER_PATH_MAX]) {
	const size_t n = path[0] == '[' ? strcspn(path, "]") + 1 : strcspn(path, ".[");

	snprintf(word, READER_PATH_MAX, "%.*s", (int)n, path);
	return path[n] == '.' ? &path[n + 1] : &path[n];
}

static json_t *member(json_t *object, const char *wanted, size_t *ordinal) {
	const char *key;
	json_t *value;

	*ordinal = 0;
	json_object_foreach(object, key, value) {
		if (strcmp(key, wanted) == 0)
			return value;
		++*ordinal;
	}
	return NULL;
}

void reader_stand(struct reader *r, json_t *root, const char *format, ...) {
	char path[READER_PATH_MAX], word[READER_PATH_MAX];
	const char *rest = path;
	json_t *at = root;
	size_t ordinal;
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	snprintf(r->shown, sizeof(r->shown), "%s", path);
	r->levels = 0;
	while (rest[0] != '\0' && r->levels < READER_LEVELS_MAX) {
		rest = path_word(rest, word);
		if (word[0] == '[') {
			ordinal = strtoul(&word[1], NULL, 10);
			at = json_array_get(at, ordinal);
		} else {
			at = member(at, word, &ordinal);
		}
		if (at == NULL)
			return; // what there is of the path
		r->ordinal[r->levels++] = ordinal;
	}
}

// Exactly one of interface, pci, file, vdev.
static int check_port_name(struct reader *r, json_t *root, json_t *port, uint32_t i) {
	const char *first = NULL;

	for (size_t k = 0; k < PORT_NAMES; k++) {
		if (json_object_get(port, port_names[k]) == NULL)
			continue;
		if (first != NULL) {
			reader_stand(r, root, "ports[%u].%s", i, port_names[k]);
			return reader_fail(
				r,
				"beside %s; allowed exactly one of interface, pci, file, vdev",
				first
			);
		}
		first = port_names[k];
	}
	if (first != NULL)
		return 0;
	reader_stand(r, root, "ports[%u]", i);
	return reader_fail(r, "needs exactly one of interface, pci, file, vdev");
}

// What only makes sense for an interface.
static int check_port_interface_only(struct reader *r, json_t *root, json_t *port, uint32_t i) {
	static const char *const only[] = {"driver", "take_over"};

	if (r->conf->port[i].by == PORT_BY_INTERFACE)
		return 0;
	for (size_t k = 0; k < sizeof(only) / sizeof(only[0]); k++) {
		if (json_object_get(port, only[k]) == NULL)
			continue;
		reader_stand(r, root, "ports[%u].%s", i, only[k]);
		return reader_fail(
			r,
			"only for an interface; this port is a %s",
			port_names[r->conf->port[i].by]
		);
	}
	return 0;
}

static int check_port_combination(struct reader *r, json_t *root, uint32_t i) {
	const struct port_conf *port = &r->conf->port[i];

	if (port->by == PORT_BY_FILE && port->queues > 1) {
		reader_stand(r, root, "ports[%u].queues", i);
		return reader_fail(
			r, "%u; a file has one queue; allowed 0..1 queues", port->queues
		);
	}
	if (port->take_over && port->driver == PORT_DRIVER_AF_PACKET) {
		reader_stand(r, root, "ports[%u].take_over", i);
		return reader_fail(
			r,
			"true beside \"driver\": \"af_packet\", which takes no packets away; "
			"remove one"
		);
	}
	return 0;
}

static int check_port_twice(struct reader *r, json_t *root, uint32_t i) {
	const struct port_conf *port = r->conf->port;

	for (uint32_t j = 0; j < i; j++) {
		if (port[j].by != port[i].by || strcmp(port[j].name, port[i].name) != 0)
			continue;
		reader_stand(r, root, "ports[%u].%s", i, port_names[port[i].by]);
		return reader_fail(r, "\"%s\" is ports[%u] already", port[i].name, j);
	}
	return 0;
}

static int check_ports(struct reader *r, json_t *root) {
	json_t *ports = json_object_get(root, "ports");
	int ret = 0;

	for (uint32_t i = 0; i < r->conf->n_ports && ret == 0; i++) {
		json_t *port = json_array_get(ports, i);

		ret = check_port_name(r, root, port, i);
		if (ret == 0)
			ret = check_port_interface_only(r, root, port, i);
		if (ret == 0)
			ret = check_port_combination(r, root, i);
		if (ret == 0)
			ret = check_port_twice(r, root, i);
	}
	return ret;
}

// What else a core is there for. @return NULL: nothing
static const char *other_role(const struct conf *conf, const struct core_list *of, uint16_t cpu) {
	if (cpu == conf->control_core)
		return "cores.control";
	for (uint32_t i = 0; of == &conf->distributors && i < conf->workers.n; i++)
		if (conf->workers.cpu[i] == cpu)
			return "one of cores.workers";
	return NULL;
}

// A CPU may have more than one role, but who polls leaves nothing of it.
static int
check_alone(struct reader *r, json_t *root, const struct core_list *of, const char *what) {
	for (uint32_t i = 0; i < of->n; i++) {
		const char *other = other_role(r->conf, of, of->cpu[i]);

		if (other == NULL)
			continue;
		reader_stand(r, root, "cores.%s[%u]", what, i);
		return reader_fail(
			r,
			"core %u is %s too, and with \"idle\": \"poll\" neither would yield; name "
			"another core",
			of->cpu[i],
			other
		);
	}
	return 0;
}

static int check_cores(struct reader *r, json_t *root) {
	const struct conf *conf = r->conf;
	int ret = 0;

	if (conf->distribute == DISTRIBUTE_OFF && conf->distributors.n > 0) {
		reader_stand(r, root, "cores.distributors");
		return reader_fail(r, "beside \"distribute\": \"off\"; remove one");
	}
	if (conf->idle == IDLE_POLL)
		ret = check_alone(r, root, &conf->workers, "workers");
	if (ret == 0 && conf->idle == IDLE_POLL)
		ret = check_alone(r, root, &conf->distributors, "distributors");
	return ret;
}

static int check_network(struct reader *r, json_t *root, uint32_t i) {
	const struct network_conf *network = r->conf->detect.network;

	if (json_object_get(json_array_get(json_object_get(root, "networks"), i), "prefix")
	    == NULL) {
		reader_stand(r, root, "networks[%u]", i);
		return reader_fail(r, "needs a prefix such as \"192.0.2.0/24\"");
	}
	for (uint32_t j = 0; j < i; j++) {
		if (network[j].prefix_len != network[i].prefix_len
		    || !addr_equal(&network[j].addr, &network[i].addr))
			continue;
		reader_stand(r, root, "networks[%u].prefix", i);
		return reader_fail(r, "is networks[%u] already", j);
	}
	return 0;
}

static int check_networks(struct reader *r, json_t *root) {
	int ret = 0;

	for (uint32_t i = 0; i < r->conf->detect.n_networks && ret == 0; i++)
		ret = check_network(r, root, i);
	return ret;
}

static int check_redis(struct reader *r, json_t *root) {
	const struct publish_conf *publish = &r->conf->publish;

	if (publish->redis_socket[0] != '\0' && publish->redis_host[0] != '\0') {
		reader_stand(r, root, "publish.redis.host");
		return reader_fail(r, "beside socket; allowed one of socket and host");
	}
	if (publish->redis_user[0] != '\0' && publish->redis_password_file[0] == '\0') {
		reader_stand(r, root, "publish.redis.user");
		return reader_fail(r, "needs password_file beside it");
	}
	return 0;
}

static int check_detect(struct reader *r, json_t *root) {
	const uint64_t tick_ms = r->conf->pipeline.tick_ns / 1000000;

	if (r->conf->detect.close_ms >= tick_ms)
		return 0;
	reader_stand(r, root, "detect.close_ms");
	return reader_fail(
		r,
		"%u is shorter than one tick (pipeline.tick_ms, %llu ms): alarms would flutter",
		r->conf->detect.close_ms,
		(unsigned long long)tick_ms
	);
}

#define MBUFS_LEAST 1024 // below it a port does not start

static int check_eal(struct reader *r, json_t *root) {
	if (r->conf->mbufs == 0 || r->conf->mbufs >= MBUFS_LEAST)
		return 0;
	reader_stand(r, root, "eal.mbufs");
	return reader_fail(
		r,
		"%u are too few; allowed 0 (computed) or %u and more buffers",
		r->conf->mbufs,
		MBUFS_LEAST
	);
}

int config_check(struct reader *r, json_t *root) {
	static int (*const checks[])(struct reader *, json_t *)
		= {check_ports, check_cores, check_eal, check_networks, check_redis, check_detect};
	int ret = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && ret == 0; i++)
		ret = checks[i](r, root);
	return ret;
}
