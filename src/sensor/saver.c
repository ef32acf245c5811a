#include "sensor/saver.h"

static void *work(void *ctx) {
	struct saver *s = ctx;

	s->error[0] = '\0';
	s->result = s->run(s->what, s->error);
	atomic_store_explicit(&s->done, true, memory_order_release);
	return NULL;
}

void saver_start(struct saver *s, saver_fn *run, void *what) {
	s->run = run;
	s->what = what;
	s->busy = true;
	atomic_store(&s->done, false);
	if (pthread_create(&s->thread, NULL, work, s) == 0)
		return;
	work(s);
	s->thread = pthread_self();
}

bool saver_wait(struct saver *s) {
	if (!s->busy)
		return false;
	if (!pthread_equal(s->thread, pthread_self()))
		pthread_join(s->thread, NULL);
	s->busy = false;
	return true;
}

bool saver_ended(struct saver *s) {
	return s->busy && atomic_load_explicit(&s->done, memory_order_acquire) && saver_wait(s);
}
