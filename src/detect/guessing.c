// One short connection after the other to a login service: where people log in by the port, or by what is spoken there.
//
// False friends: who copies files opens few connections that carry much; who manages many machines connects to
// each of them once or twice; data bases and directories get many short connections from the programs
// that use them, so their ports are not among these.
#include "detect/guessing.h"

#include "detect/learn.h"
#include "detect/scan.h"
#include "detect/spoken.h"

#include <math.h>

#define ONE 1.7 // an estimate of one
#define COMPLETED_SHARE 0.6
#define SENT_BYTES_MAX 8000 // for a connection: a key exchange and some tries
#define TARGET_SHARE 0.8

// Where people log in: FTP, SSH, Telnet, POP3, IMAP, SMB, POP3S, IMAPS, RDP, VNC (registry of IANA).
static bool is_login_port(uint16_t port) {
	static const uint16_t ports[] = {21, 22, 23, 110, 143, 445, 993, 995, 3389, 5900};

	for (unsigned i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i] == port)
			return true;
	return false;
}

static bool is_login_app(unsigned app) {
	return app == APP_FTP || app == APP_SSH || app == APP_TELNET || app == APP_POP3
		|| app == APP_IMAP || app == APP_SMB || app == APP_RDP || app == APP_VNC;
}

static bool is_login(const struct view_source *from, const struct host *target, uint16_t port) {
	return is_login_port(port)
		|| (from->spoken != NULL
		    && is_login_app(spoken_at(from->spoken, &target->addr, PROTO_TCP, port)));
}

static bool is_guessing(const struct span_sum *s, double least) {
	return (double)s->opened >= least && s->ports <= ONE
		&& (double)s->established >= COMPLETED_SHARE * (double)s->opened
		&& (double)s->bytes <= SENT_BYTES_MAX * (double)s->opened;
}

// Of its packets of 10 s most went to one host.
static struct host *one_target(const struct view_source *from, const struct host *h) {
	struct top_peer top[SPAN_SECONDS * TOP_PEERS];
	const uint32_t n = span_top(h->span_out, from->now_ns - 1, top);
	double all = 0;

	for (uint32_t i = 0; i < n; i++)
		all += (double)top[i].count;
	if (n == 0 || (double)top[0].count < TARGET_SHARE * all)
		return NULL;
	return history_find(from->history, &top[0].addr);
}

unsigned guessing_read(
	const struct view_source *from,
	struct host *h,
	struct view *view,
	struct view *target_view,
	struct reading *r
) {
	const struct kind_conf *conf = &from->conf->kind[KIND_PASSWORD_GUESSING];
	const double least = kind_threshold(from->conf, KIND_PASSWORD_GUESSING) * HOLD_SHARE;
	struct host *target;
	struct span_sum s;

	if (!conf->enabled || h->out == NULL || !learn_is_due(h, from)
	    || (double)span_opened(h->span_out, from->now_ns - 1) < least)
		return 0;
	if (second_sum(h->out)->top_proto != PROTO_TCP)
		return 0;
	span_sum(h->span_out, from->now_ns - 1, &s);
	target = is_guessing(&s, least) ? one_target(from, h) : NULL;
	if (target == NULL || !is_login(from, target, second_sum(h->out)->top_port)
	    || (target->network != NULL && target->network->allow))
		return 0;
	view_make(view, from, h);
	view_make(target_view, from, target);
	scan_reading(r, KIND_PASSWORD_GUESSING, from->conf, target_view, view);
	r->value = (double)s.opened;
	r->tick_packets = r->rise_packets; // once a second
	r->tick_bytes = r->rise_bytes;
	scan_judge(r, from, 0);
	return r->holds;
}
