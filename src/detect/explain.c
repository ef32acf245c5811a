// What an alarm measured, and the parts that explain it.
#include "detect/explain.h"

#include "detect/noted.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char outbound_mitigation[]
	= "Isolate this host and look for malware or an abused service on it; until then block at "
	  "the border what it sends. Others will list your addresses for it.";

#define PORT_SHARE 0.4 // packets that certainly went to one port, of all

// @return false: the text did not fit and was cut
static void copy_text(char *to, size_t room, const char *from) {
	snprintf(to, room, "%s", from);
}

static void explain_port(struct alarm *a, const struct reading *r) {
	const struct host_record *in = r->view == NULL ? NULL : r->view->in;

	a->has_port = false;
	a->port = 0;
	if (in == NULL || r->kind == KIND_VERTICAL_SCAN || a->proto == 0)
		return;
	if (r->kind == KIND_HORIZONTAL_SCAN || r->kind == KIND_SLOW_SCAN
	    || r->kind == KIND_PASSWORD_GUESSING)
		in = r->scanner->out; // a source's record counts the ports it sends to
	if (in->top_proto != a->proto || in->top_port_count < PORT_SHARE * in->count[HOST_PACKETS])
		return;
	a->has_port = true;
	a->port = in->top_port;
}

static uint8_t scan_proto(const struct host_record *out) {
	static const struct {
		uint8_t counter;
		uint8_t proto;
	} protos[] = {{HOST_TCP, PROTO_TCP}, {HOST_UDP, PROTO_UDP}, {HOST_ICMP, PROTO_ICMP}};

	for (unsigned i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (out->count[protos[i].counter] * 2 > out->count[HOST_PACKETS])
			return protos[i].proto;
	return 0;
}

static uint8_t proto_of(const struct reading *r) {
	const struct kind_row *row = kind_row(r->kind);
	const bool ip6 = r->view != NULL && !addr_is_ip4(&r->view->host->addr);

	if (r->scanner != NULL) {
		const uint8_t proto = scan_proto(r->scanner->out);

		return proto == PROTO_ICMP && ip6 ? PROTO_ICMP6 : proto;
	}
	if (r->kind == KIND_ICMP_FLOOD)
		return ip6 ? PROTO_ICMP6 : PROTO_ICMP;
	return row->proto;
}

static void explain_noted(struct alarm *a, const struct noted *noted) {
	a->proto = noted->proto;
	a->has_port = noted->port != 0;
	a->port = noted->port;
	a->n_sources = noted->source.w[0] != 0 || noted->source.w[1] != 0;
	a->sources[0] = (struct alarm_source) {
		.addr = noted->source,
		.packets = noted->source_packets > 0 ? noted->source_packets : a->packets,
	};
	for (unsigned i = 0; i < noted->n_others && a->n_sources > 0; i++)
		a->sources[a->n_sources++] = noted->others[i];
	a->distinct_sources = (uint64_t)noted->distinct_sources;
	copy_text(a->words, sizeof(a->words), noted->words);
}

// An inside host sends it to others.
static bool is_outbound(const struct reading *r) {
	return r->accusation != NULL || (r->role == ROLE_SOURCE && r->other_prefix_len != 0);
}

void explain(struct alarm *a, const struct reading *r) {
	const struct kind_row *row = kind_row(r->kind);

	copy_text(a->metric, sizeof(a->metric), row->metric_name);
	copy_text(
		a->mitigation,
		sizeof(a->mitigation),
		is_outbound(r) ? outbound_mitigation : row->mitigation
	);
	a->toward = r->other;
	a->toward_prefix_len = r->other_prefix_len;
	a->value = r->value;
	a->threshold = r->threshold;
	a->baseline = r->baseline;
	a->interval_ns = r->interval_ns;
	a->score = r->score;
	a->proto = proto_of(r);
	explain_port(a, r);
	explain_sources(a, r);
	explain_evidence(a, r);
	if (r->noted != NULL)
		explain_noted(a, r->noted);
	else
		explain_words(a, r);
}
