// How fast events go into Redis: through the publisher, beside redis-benchmark's plain XADD of the
// same payload on the same server.
//
// Usage: publish SOCKET [EVENTS]
// Prints one JSON line: events/s, bytes of an event, and the delay's median as the publisher tells it.
#include "publish/publish.h"

#include "publish/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENTS_DEFAULT 200000

static uint64_t clock_ns(clockid_t clock) {
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void pause_us(unsigned us) {
	nanosleep(&(struct timespec) {.tv_nsec = (long)us * 1000}, NULL);
}

// As large as a real one: eight sources, twelve pieces of evidence, full sentences.
static struct alarm sample(void) {
	struct alarm a = {
		.kind = KIND_SYN_FLOOD,
		.severity = SEVERITY_HIGH,
		.state = ALARM_UPDATE,
		.revision = 2,
		.proto = 6,
		.target_prefix_len = 32,
		.has_port = 1,
		.port = 443,
		.n_sources = ALARM_SOURCES_MAX,
		.n_evidence = ALARM_EVIDENCE_MAX,
		.metric = "syn_per_s",
		.value = 41234.5,
		.threshold = 1000,
		.baseline = 12.25,
		.interval_ns = 1000000000,
		.forged_why = "39,000 senders with two packets each; TTLs of every class",
		.words = "10.0.0.5:443 gets 41,234 SYN/s, usually 12; 0.2 % are answered.",
		.mitigation = "Turn on SYN cookies on 10.0.0.5; ask the provider to filter.",
	};

	addr_parse(&a.target, NULL, "10.0.0.5");
	for (unsigned i = 0; i < ALARM_SOURCES_MAX; i++)
		addr_parse(&a.sources[i].addr, NULL, "192.0.2.177");
	for (unsigned i = 0; i < ALARM_EVIDENCE_MAX; i++)
		a.evidence[i] = (struct alarm_evidence) {"in_peer_entropy", 0.123456f, 0.5f, 0.1f};
	return a;
}

static size_t event_bytes(const struct alarm *a) {
	json_t *json = alarm_json("bench", a);
	char *line = json_line(json);
	const size_t n = strlen(line);

	free(line);
	json_decref(json);
	return n;
}

static uint64_t published(const struct publish *p) {
	struct control_counters c = {0};

	publish_counters(p, &c);
	return c.events_published;
}

int main(int argc, char **argv) {
	const uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 10) : EVENTS_DEFAULT;
	struct publish_conf conf = publish_defaults;
	char error[PUBLISH_ERROR_MAX];
	struct alarm a = sample();
	uint64_t begin_ns, ns, p50_us, max_us;
	struct publish *p;

	if (argc < 2) {
		fprintf(stderr, "Usage: publish SOCKET [EVENTS]\n");
		return 2;
	}
	strcpy(conf.sensor, "bench");
	snprintf(conf.redis_socket, sizeof(conf.redis_socket), "%s", argv[1]);
	conf.queue_slots = 4096;
	if (publish_create(&p, &conf, error) < 0) {
		fprintf(stderr, "publish: %s\n", error);
		return 1;
	}
	begin_ns = clock_ns(CLOCK_MONOTONIC);
	for (uint64_t i = 0; i < events; i++) {
		a.id = i % 1000;
		a.start_ns = a.time_ns = clock_ns(CLOCK_REALTIME);
		while (!publish_alarm(p, &a))
			pause_us(50);
	}
	while (published(p) < events && clock_ns(CLOCK_MONOTONIC) - begin_ns < 120000000000)
		pause_us(200);
	ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
	publish_delay(p, &p50_us, &max_us);
	printf("{\"events\":%" PRIu64 ",\"events_per_s\":%.0f,\"event_bytes\":%zu,"
	       "\"delay_us_p50\":%" PRIu64 ",\"delay_us_max\":%" PRIu64 "}\n",
	       published(p),
	       (double)published(p) * 1e9 / (double)ns,
	       event_bytes(&a),
	       p50_us,
	       max_us);
	publish_destroy(p);
	return 0;
}
