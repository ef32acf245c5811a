#include "load.h"

#include "publish/text.h"
#include "redis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// One list of the statistics, now and a second before.
struct pair {
	const json_t *now;
	const json_t *before;
};

static struct pair list_in(struct pair stats, const char *name) {
	return (struct pair) {
		json_object_get(stats.now, name), json_object_get(stats.before, name)};
}

static struct pair entry_at(struct pair list, size_t i) {
	return (struct pair) {json_array_get(list.now, i), json_array_get(list.before, i)};
}

// What was added since `before`; in all, where there is none or the sensor was started anew.
static double added(struct pair p, const char *name) {
	const double now = json_number_at(p.now, name), before = json_number_at(p.before, name);

	return before >= 0 && before <= now ? now - before : now;
}

static double added_in_all(struct pair list, const char *name) {
	double sum = 0;

	for (size_t i = 0; i < json_array_size(list.now); i++) {
		const double one = added(entry_at(list, i), name);

		sum += one > 0 ? one : 0;
	}
	return sum;
}

static void print_share(double part, double whole, int columns) {
	if (whole > 0 && part >= 0)
		printf(" %*.1f %%", columns - 2, 100 * part / whole);
	else
		printf(" %*s", columns, "-");
}

static void print_end(const json_t *flow, const char *address, const char *port) {
	const char *text = json_text_at(flow, address);
	const double number = json_number_at(flow, port);
	struct text clean = {0};

	text_add_clean(&clean, text);
	printf(strchr(text, ':') != NULL && number > 0 ? "[%.45s]" : "%.45s",
	       clean.at != NULL ? clean.at : "");
	if (number > 0 && number <= 65535)
		printf(":%.0f", number);
	free(text_take(&clean));
}

// A flow's packets are a lower bound, and a worker's are those of whole windows: never above 100 %.
static void print_biggest(const json_t *worker) {
	const json_t *second = json_object_get(worker, "second");
	const json_t *flow = json_array_get(json_object_get(second, "flows"), 0);
	const double of = json_number_at(second, "packets");
	struct text clean = {0};

	if (flow == NULL || !(of > 0))
		return;
	text_add_clean(&clean, json_text_at(flow, "protocol"));
	printf("  %.1f %% %.8s ",
	       fmin(100, 100 * json_number_at(flow, "packets") / of),
	       clean.at != NULL ? clean.at : "");
	free(text_take(&clean));
	print_end(flow, "source", "source_port");
	printf(" > ");
	print_end(flow, "target", "target_port");
}

static void print_core(const char *role, size_t number, struct pair p, double all) {
	const double packets = added(p, "core_packets"), bursts = added(p, "core_bursts");
	const double busy_us = added(p, "busy_us"), idle_us = added(p, "idle_us");
	const double seconds = (busy_us + idle_us) / 1e6;
	char name[32], text[NUMBER_TEXT_MAX];

	snprintf(name, sizeof(name), "%s %zu", role, number);
	printf("%-15s %13s", name, seconds > 0 ? scaled_text(packets / seconds, "/s", text) : "-");
	print_share(packets, all, 8);
	print_share(busy_us, busy_us + idle_us, 8);
	if (bursts > 0)
		printf(" %6.1f", packets / bursts);
	else
		printf(" %6s", "-");
	printf(" %12s", number_text(json_number_at(p.now, "distributor_dropped"), text));
	print_biggest(p.now);
	printf("\n");
}

static void print_cores(struct pair stats, const char *list_name, const char *role) {
	const struct pair list = list_in(stats, list_name);
	const double all = added_in_all(list, "core_packets");

	for (size_t i = 0; i < json_array_size(list.now); i++)
		print_core(role, i, entry_at(list, i), all);
}

static const char *port_name(struct pair stats, const json_t *queue) {
	const double port = json_number_at(queue, "port");

	if (!(port >= 0 && port < 1e6))
		return "?";
	return json_text_at(
		json_array_get(json_object_get(stats.now, "ports"), (size_t)port), "name"
	);
}

static void print_queues(struct pair stats) {
	const struct pair list = list_in(stats, "queues");
	const double all = added_in_all(list, "packets");
	const char *role = json_array_size(json_object_get(stats.now, "distributors")) > 0
		? "distributor"
		: "worker";

	if (json_array_size(list.now) == 0)
		return;
	printf("\n%-24s %15s %8s  read by\n", "queue", "packets", "share");
	for (size_t i = 0; i < json_array_size(list.now); i++) {
		const struct pair p = entry_at(list, i);
		struct text clean = {0};
		char text[NUMBER_TEXT_MAX];

		text_add_clean(&clean, port_name(stats, p.now));
		printf("%-20.20s %3.0f %15s",
		       clean.at != NULL ? clean.at : "",
		       json_number_at(p.now, "queue"),
		       number_text(json_number_at(p.now, "packets"), text));
		print_share(added(p, "packets"), all, 8);
		printf("  %s %.0f\n", role, json_number_at(p.now, "reader"));
		free(text_take(&clean));
	}
}

void load_print(const json_t *now, const json_t *before) {
	const struct pair stats = {now, before};

	printf("\n%-15s %13s %8s %8s %6s %12s  biggest flow, of the packets\n",
	       "core",
	       "packets",
	       "share",
	       "busy",
	       "fill",
	       "dropped");
	print_cores(stats, "distributors", "distributor");
	print_cores(stats, "workers", "worker");
	print_queues(stats);
}
