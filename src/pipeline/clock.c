// The stream's clock: the packets' stamps, made to never go back.
#include "pipeline/worker_state.h"

static void step_out(struct pipeline *pl, uint64_t stamp_ns, uint64_t becomes_ns) {
	pl->clock.offset_ns += becomes_ns - stamp_ns;
	pl->live.clock_steps++;
}

uint64_t clock_stamp_odd(struct pipeline *pl, uint64_t ts_ns) {
	const uint64_t now_ns = pl->clock.now_ns;
	const uint64_t stamp_ns = ts_ns + pl->clock.offset_ns;

	if (!pl->clock.started) {
		if (stamp_ns <= CLOCK_LIMIT_NS)
			return stamp_ns;
		step_out(pl, stamp_ns, CLOCK_LIMIT_NS);
		return CLOCK_LIMIT_NS;
	}
	if (stamp_ns >= now_ns) {
		if (stamp_ns <= CLOCK_LIMIT_NS || stamp_ns - now_ns <= CLOCK_BACK_MAX_NS)
			return stamp_ns;
		step_out(pl, stamp_ns, now_ns);
		return now_ns;
	}
	pl->live.clock_back++;
	if (now_ns - stamp_ns > CLOCK_BACK_MAX_NS)
		step_out(pl, stamp_ns, now_ns);
	return now_ns;
}
