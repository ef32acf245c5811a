// The control core: takes windows and findings of all workers, puts them together tick by tick,
// has them judged, and once a second tells how the sensor is.
//
// It may sleep, allocate and log; the workers never wait for it on a live port (they merge
// ticks, counted), and always on a file.
#include "sensor/log.h"
#include "sensor/run.h"

#include <rte_cycles.h>
#include <rte_lcore.h>

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define LIVE_WAIT_MS 5 // longest look away; a tick is 100 ms
#define FILE_WAIT_NS 50000 // a file's worker waits for us
#define CLOCK_TOLD_NS 1000000000ll // say that the host's clock was set by more than this

// Findings go to the detector before the windows of their tick and after those before it, so that
// the order of its calls depends on the packets' time alone.
static bool give_findings(struct sensor *s, uint64_t until_ns) {
	bool any = false;

	for (uint32_t k = 0; k < s->n_workers; k++) {
		struct ahead *ahead = &s->ahead[k];

		while (ahead->held || pipeline_finding_take(s->worker[k]->pipeline, &ahead->finding)
		) {
			ahead->held = ahead->finding.ts_ns >= until_ns;
			if (ahead->held)
				break;
			detect_finding(s->detect, &ahead->finding);
			any = true;
		}
	}
	return any;
}

// Clocks first, windows second: see ticks.h.
static bool take_windows(struct sensor *s, uint64_t clock_ns[], uint64_t now_ns) {
	bool any = false;

	for (uint32_t k = 0; k < s->n_workers; k++)
		clock_ns[k]
			= atomic_load_explicit(&s->worker[k]->shown.clock_ns, memory_order_acquire);
	for (uint32_t k = 0; k < s->n_workers; k++)
		while (ticks_room(&s->ticks, k)) {
			struct window *w = pipeline_window_take(s->worker[k]->pipeline);

			if (w == NULL)
				break;
			ticks_put(&s->ticks, k, w, now_ns);
			any = true;
		}
	return any;
}

static uint64_t last_end_ns(struct window *const w[], uint32_t n) {
	uint64_t end_ns = 0;

	for (uint32_t i = 0; i < n; i++)
		end_ns = w[i]->end_ns > end_ns ? w[i]->end_ns : end_ns;
	return end_ns;
}

static bool judge_ticks(struct sensor *s, const uint64_t clock_ns[], uint64_t now_ns) {
	struct window *w[STATS_WORKERS_MAX * WINDOW_BUFFERS];
	bool any = false;
	uint32_t n;

	while ((n = ticks_take(&s->ticks, clock_ns, now_ns, w)) > 0) {
		give_findings(s, last_end_ns(w, n));
		detect_windows(s->detect, w, n);
		for (uint32_t i = 0; i < n; i++) {
			big_flows_add(&s->big[w[i]->worker], w[i]);
			pipeline_window_give(s->worker[w[i]->worker]->pipeline, w[i]);
		}
		any = true;
	}
	return any;
}

// Time that every worker has passed and that no window in our hands ends after.
static uint64_t quiet_until_ns(const struct sensor *s, const uint64_t clock_ns[]) {
	uint64_t passed = ticks_empty(&s->ticks) ? UINT64_MAX : 0;

	for (uint32_t k = 0; k < s->n_workers; k++)
		passed = clock_ns[k] < passed ? clock_ns[k] : passed;
	return passed;
}

// Silence has ticks too: flows end in them, which can be findings, and so do alarms. A file's
// alarms know its packets' time alone.
static bool tell_silence(struct sensor *s, const uint64_t clock_ns[]) {
	const uint64_t tick_ns = s->conf->pipeline.tick_ns;
	const uint64_t passed = quiet_until_ns(s, clock_ns);
	bool any;

	if (passed < s->quiet_told_ns + tick_ns)
		return false;
	any = give_findings(s, passed - passed % tick_ns);
	if (passed == WORKER_ENDED)
		return any;
	s->quiet_told_ns = passed;
	if (!s->plan->file)
		detect_clock(s->detect, passed - passed % tick_ns);
	return any;
}

static bool all_ended(const struct sensor *s, const uint64_t clock_ns[]) {
	for (uint32_t k = 0; k < s->n_workers; k++)
		if (clock_ns[k] != WORKER_ENDED)
			return false;
	return ticks_empty(&s->ticks);
}

static void correct_clock(struct sensor *s) {
	const int64_t ahead_ns = clock_correct(&s->clock, rte_rdtsc(), now_realtime_ns());

	if (ahead_ns > CLOCK_TOLD_NS || ahead_ns < -CLOCK_TOLD_NS)
		log_line(
			LOG_WARNING,
			"the host's clock was set: the sensor's differs by %.3f s and follows "
			"slowly",
			(double)ahead_ns * 1e-9
		);
}

static void each_second(struct sensor *s, uint64_t now_ns) {
	struct host_talker hosts[DETECT_TOP_MAX];
	struct flow_talker flows[DETECT_TOP_MAX];
	uint32_t n_hosts, n_flows;

	if (now_ns < s->next_second_ns)
		return;
	s->next_second_ns += SENSOR_NS_PER_S;
	if (s->next_second_ns <= now_ns) // we were held up: no catching up
		s->next_second_ns = now_ns + SENSOR_NS_PER_S;
	if (!s->plan->file)
		correct_clock(s);
	for (uint32_t k = 0; k < s->n_workers; k++)
		big_flows_take(&s->big[k], &s->second[k]);
	stats_second(s, now_ns);
	n_hosts = detect_top_hosts(s->detect, hosts, DETECT_TOP_MAX);
	n_flows = detect_top_flows(s->detect, flows, DETECT_TOP_MAX);
	publish_top(s->publish, hosts, n_hosts, flows, n_flows);
}

static void tell_drift(const struct sensor *s) {
	const struct {
		const char *of;
		double index;
	} drifts[] = {{"flow", s->watch.flow_drift.index}, {"host", s->watch.host_drift.index}};

	for (unsigned i = 0; i < sizeof(drifts) / sizeof(drifts[0]); i++)
		if (drifts[i].index >= DRIFT_MUCH)
			log_line(
				LOG_WARNING,
				"the scores of the %s model are not as in training any more (drift "
				"%.2f): train it again (weir baseline)",
				drifts[i].of,
				drifts[i].index
			);
}

static void ask_to_stop(struct sensor *s) {
	if (s->stopping) { // twice
		log_line(LOG_WARNING, "second signal: ending at once");
		for (uint32_t i = 0; i < s->n_ports; i++)
			port_abandon(&s->port[i]);
		s->abandoned = true;
	}
	s->stopping = true;
	run_ask_to_stop(s);
}

static void handle_signal(struct sensor *s, uint32_t number) {
	char text[CONFIG_ERROR_MAX + 256];

	if (number == SIGHUP) {
		reload(s, text, sizeof(text));
		log_line(LOG_NOTICE, "%s", text);
	} else if (number == SIGUSR1) {
		struct stats now;

		stats_collect(s, &now);
		stats_log(s, &now);
	} else {
		ask_to_stop(s);
	}
}

static void wait_for_signal(struct sensor *s, int signals, bool idle) {
	struct timespec wait = {0};
	struct pollfd p = {.fd = signals, .events = POLLIN};
	struct signalfd_siginfo info;

	if (idle)
		wait.tv_nsec = s->plan->file ? FILE_WAIT_NS : LIVE_WAIT_MS * 1000000l;
	if (ppoll(&p, 1, &wait, NULL) > 0
	    && read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		handle_signal(s, info.ssi_signo);
}

// One turn. @return whether there was something to do
static bool control_turn(struct sensor *s, bool *ended) {
	uint64_t clock_ns[STATS_WORKERS_MAX];
	const uint64_t now_ns = now_monotonic_ns();
	bool busy = take_windows(s, clock_ns, now_ns);

	busy |= judge_ticks(s, clock_ns, now_ns);
	busy |= tell_silence(s, clock_ns);
	commands_turn(s);
	each_second(s, now_ns);
	warm_turn(&s->warm, s->detect, s->conf, now_ns);
	baseline_turn(s, now_ns);
	if (watch_turn(&s->watch, now_ns))
		tell_drift(s);
	*ended = all_ended(s, clock_ns) && !busy;
	return busy;
}

static int check_file(const struct sensor *s, char error[static SENSOR_ERROR_MAX]) {
	const uint64_t wanted = s->plan->port[0].capture.packets;
	const uint64_t got = s->worker[0]->received;

	if (!s->plan->file || s->stopping || got == wanted)
		return 0;
	return fail(
		error,
		SENSOR_PORT,
		"%s: %lu packets were counted and %lu came: the file changed while it was read",
		s->plan->port[0].conf->name,
		(unsigned long)wanted,
		(unsigned long)got
	);
}

// The workers have ended and everything of theirs has been judged: counters are exact from here.
static int finish(struct sensor *s, char error[static SENSOR_ERROR_MAX]) {
	struct stats last;

	rte_eal_mp_wait_lcore();
	for (uint32_t i = 0; i < s->n_ports; i++)
		port_counters_final(&s->port[i], &s->final_port[i]);
	s->ports_final = true;
	if (s->plan->file)
		detect_finish(s->detect);
	warm_end(&s->warm, s->detect);
	baseline_end(s);
	stats_second(s, now_monotonic_ns());
	publish_stop(s->publish
	); // what was still on its way to the sinks is told as what it became
	stats_collect(s, &last);
	if (log_wants(LOG_NOTICE))
		stats_log(s, &last);
	if (!s->plan->file && s->shown.control.alarms_active > 0)
		log_line(
			LOG_NOTICE,
			"still open, for the sensor did not see their end: %lu alarm%s",
			(unsigned long)s->shown.control.alarms_active,
			s->shown.control.alarms_active == 1 ? "" : "s"
		);
	return check_file(s, error);
}

int control_loop(struct sensor *s, int signals, char error[static SENSOR_ERROR_MAX]) {
	bool ended = false;

	while (!ended) {
		const bool busy = control_turn(s, &ended);

		wait_for_signal(s, signals, !busy && !ended);
		if (s->abandoned)
			return fail(error, SENSOR_FAILED, "ended by a second signal");
	}
	return finish(s, error);
}
