// A progress bar.
#include "progress.h"

#include "publish/text.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CALLS_PER_LOOK 256
#define REDRAW_MS 100
#define BAR_WIDTH 30

static uint64_t now_ms(void) {
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void progress_begin(struct progress *p, bool wanted) {
	*p = (struct progress) {.on = wanted && isatty(STDERR_FILENO) == 1};
	if (p->on)
		p->start_ms = p->shown_ms = now_ms();
}

static void draw(const struct progress *p, double share, uint64_t packets) {
	char count[NUMBER_TEXT_MAX], rate[NUMBER_TEXT_MAX];
	const double seconds = (double)(p->shown_ms - p->start_ms) / 1000;
	const int filled = share < 0 ? 0 : share > 1 ? BAR_WIDTH : (int)(share * BAR_WIDTH);

	fputc('\r', stderr);
	if (share >= 0) {
		fputc('[', stderr);
		for (int i = 0; i < BAR_WIDTH; i++)
			fputc(i < filled ? '#' : '.', stderr);
		fprintf(stderr, "] %3.0f %%  ", share * 100);
	}
	count_text(packets, count);
	count_text(seconds > 0 ? (uint64_t)((double)packets / seconds) : 0, rate);
	fprintf(stderr, "%s packets, %s packets/s \033[K", count, rate);
	fflush(stderr);
}

void progress_show(struct progress *p, double share, uint64_t packets) {
	uint64_t now;

	if (!p->on || ++p->calls % CALLS_PER_LOOK != 0)
		return;
	now = now_ms();
	if (now - p->shown_ms < REDRAW_MS)
		return;
	p->shown_ms = now;
	draw(p, share, packets);
}

void progress_end(struct progress *p) {
	if (p->on)
		fputs("\r\033[K", stderr);
	p->on = false;
}
