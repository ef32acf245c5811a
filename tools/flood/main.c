// weir-flood: a scene of traffic, to a capture file or out of a port.
#include "fast.h"
#include "options.h"
#include "output.h"
#include "scenes.h"
#include "summary.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int complain(const char *what, int error) {
	fprintf(stderr, "weir-flood: %s: %s\n", what, strerror(-error));
	return 1;
}

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
		return complain(settings->truth, -errno);
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
	return fclose(f) == 0 ? 0 : complain(settings->truth, -errno);
}

static struct output *output_open(const struct settings *settings, const char *to) {
	char error[256];
	struct output *const output
		= settings->port ? port_output(settings, error) : pcap_output(to, settings->snap);

	if (output == NULL && settings->port)
		fprintf(stderr, "weir-flood: %s: %s\n", to, error);
	else if (output == NULL)
		complain(to, -errno);
	return output;
}

// Asked to stop, we stop between two packets and tell what was sent.
static void stop_on_signals(void) {
	const struct sigaction action = {.sa_handler = world_interrupt};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

// @return 0, -errno of the output, or 1: something else failed, and was told
static int play(struct output *output, const struct settings *settings, struct tally *tally) {
	struct world w;
	int error;

	world_create(&w, settings, output);
	scene_begin(&w);
	world_run(&w);
	*tally = w.tally;
	tally->bytes = w.bytes;
	tally->conversations_refused = w.refused;
	error = w.error < 0 ? w.error : truth_write(&w);
	world_destroy(&w);
	return error;
}

static int run(const struct settings *settings) {
	const char *const to = settings->port ? settings->port : settings->output;
	struct output *const output = output_open(settings, to);
	const double rate = scene_rate(settings);
	struct tally tally = {0};
	int error, closed;

	if (output == NULL)
		return 1;
	stop_on_signals();
	error = settings->fast ? fast_run(output, settings, rate, &tally)
			       : play(output, settings, &tally);
	closed = output->close(output, &tally);
	summary_print(settings, rate, &tally);
	if (error < 0 || closed < 0)
		return complain(to, error < 0 ? error : closed);
	return error;
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
