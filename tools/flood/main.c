// weir-flood: a scene of traffic, to a capture file or out of a port.
#include "options.h"
#include "output.h"
#include "scenes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// What a detector ought to say of this scene.
static int truth_write(const struct world *w) {
	const struct settings *const settings = w->settings;
	const struct range target = scene_target(settings);
	char text[ADDR_TEXT_MAX];
	FILE *f;

	if (settings->truth == NULL)
		return 0;
	f = fopen(settings->truth, "w");
	if (f == NULL)
		return -errno;
	fprintf(f, "kind,target,start,end,packets\n");
	if (w->attack_packets > 0)
		fprintf(f,
			"%s,%s,%llu.%09llu,%llu.%09llu,%llu\n",
			settings->scene->name,
			addr_text(&target.addr, target.prefix_len, text),
			(unsigned long long)(w->attack_first_ns / SECOND_NS),
			(unsigned long long)(w->attack_first_ns % SECOND_NS),
			(unsigned long long)(w->attack_last_ns / SECOND_NS),
			(unsigned long long)(w->attack_last_ns % SECOND_NS),
			(unsigned long long)w->attack_packets);
	return fclose(f) == 0 ? 0 : -errno;
}

static int complain(const char *what, int error) {
	fprintf(stderr, "weir-flood: %s: %s\n", what, strerror(-error));
	return 1;
}

static struct output *output_open(const struct settings *settings, const char *to) {
	char error[256];
	struct output *const output
		= settings->port ? port_output(to, error) : pcap_output(to, settings->snap);

	if (output == NULL && settings->port)
		fprintf(stderr, "weir-flood: %s: %s\n", to, error);
	else if (output == NULL)
		complain(to, -errno);
	return output;
}

static int run(const struct settings *settings) {
	const char *const to = settings->port ? settings->port : settings->output;
	struct output *const output = output_open(settings, to);
	struct world w;
	int error;

	if (output == NULL)
		return 1;
	world_create(&w, settings, output);
	scene_begin(&w);
	world_run(&w);
	error = output->close(output);
	if (w.error < 0 || error < 0)
		return complain(to, w.error < 0 ? w.error : error);
	if (w.refused > 0)
		fprintf(stderr,
			"weir-flood: %llu conversations were not begun: %u were open at once; "
			"lower --rate\n",
			(unsigned long long)w.refused,
			ACTORS_MAX);
	error = truth_write(&w);
	if (error < 0)
		return complain(settings->truth, error);
	fprintf(stderr,
		"%s: %llu packets, %llu bytes, %llu of the attack\n",
		settings->scene->name,
		(unsigned long long)w.packets,
		(unsigned long long)w.bytes,
		(unsigned long long)w.attack_packets);
	world_destroy(&w);
	return 0;
}

int main(int argc, char **argv) {
	struct settings settings;

	switch (options_parse(&settings, argc, argv)) {
	case WISH_RUN:
		return run(&settings);
	case WISH_DONE:
		return 0;
	default:
		return 2;
	}
}
