#include "sensor/warm.h"

#include "sensor/log.h"
#include "sensor/sensor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SLOTS_PER_TURN 256 // of the table of hosts: well below a millisecond
#define TURNS_MAX 4096 // an image is made in: larger tables have larger turns

static void put_aside(const struct warm *w, const char *why) {
	char bad[sizeof(w->path) + 8];

	snprintf(bad, sizeof(bad), "%s.bad", w->path);
	log_line(
		LOG_WARNING,
		"%s: %s; started without%s%s",
		w->path,
		why,
		rename(w->path, bad) == 0 ? ", and it is kept as " : "",
		bad
	);
}

void warm_begin(struct warm *w, const char *folder, struct detect *d, uint64_t now_ns) {
	char error[IMAGE_ERROR_MAX];
	struct image_news news;
	int ret;

	*w = (struct warm) {.next_ns = now_ns};
	if (folder[0] == '\0')
		return;
	snprintf(w->path, sizeof(w->path), "%s/usual.weir", folder);
	ret = image_load(d, w->path, &news, error);
	if (ret == 0)
		log_line(
			LOG_NOTICE,
			"what is usual for %u hosts and %u networks is taken over from %s%s",
			news.hosts,
			news.nets,
			w->path,
			news.left_out > 0 ? "; more of them than detect.hosts were left out" : ""
		);
	else if (ret == -ENOENT)
		log_line(LOG_NOTICE, "what is usual is learned anew: %s is not there yet", w->path);
	else if (ret == -EBADMSG)
		put_aside(w, error);
	else
		log_line(LOG_WARNING, "%s: %s; started without", w->path, error);
}

static int write_image(void *what, char error[static FILE_ERROR_MAX]) {
	const struct warm *w = what;

	return image_write(&w->image, w->path, error);
}

static void written(struct warm *w) {
	if (w->saver.result < 0)
		log_line(
			LOG_WARNING,
			"what is usual was not saved: %s: %s; tried again",
			w->path,
			w->saver.error
		);
	image_free(&w->image);
}

static void make(struct warm *w, const struct detect *d, uint32_t slots) {
	w->making = !image_step(&w->image, d, slots);
	if (!w->making)
		saver_start(&w->saver, write_image, w);
}

void warm_turn(struct warm *w, const struct detect *d, const struct conf *conf, uint64_t now_ns) {
	const uint32_t share = 4 * (conf->detect.hosts / TURNS_MAX);

	if (saver_ended(&w->saver))
		written(w);
	if (w->making) {
		make(w, d, share > SLOTS_PER_TURN ? share : SLOTS_PER_TURN);
		return;
	}
	if (w->path[0] == '\0' || conf->save_s == 0 || w->saver.busy
	    || now_ns < w->next_ns + conf->save_s * SENSOR_NS_PER_S)
		return;
	w->next_ns = now_ns;
	w->making = true;
}

void warm_end(struct warm *w, const struct detect *d) {
	if (w->path[0] == '\0')
		return;
	if (saver_wait(&w->saver))
		written(w);
	image_free(&w->image);
	while (!image_step(&w->image, d, SLOTS_PER_TURN))
		;
	saver_start(&w->saver, write_image, w);
	saver_wait(&w->saver);
	written(w);
}
