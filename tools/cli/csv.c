// Flows and hosts as CSV. Times are seconds since 1970 with all nanoseconds: a double could not hold them.
#include "csv.h"

#include <inttypes.h>
#include <math.h>

#define NS_PER_S UINT64_C(1000000000)

static void print_time(FILE *f, uint64_t ns) {
	fprintf(f, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S, ns % NS_PER_S);
}

static void print_row(FILE *f, const float *row, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		fprintf(f, ",%.9g", (double)row[i]);
}

static void print_names(FILE *f, const struct feature_info *info, unsigned n) {
	for (unsigned i = 0; i < n; i++)
		fprintf(f, ",%s", info[i].name);
}

void csv_flows_head(FILE *f) {
	fputs("src,sport,dst,dport,proto,vlan,tunnel_id,first_s,last_s,community_id", f);
	print_names(f, flow_feature_info, FLOW_FEATURE_N);
	fputs(",score,marked\n", f);
}

void csv_hosts_head(FILE *f) {
	fputs("time_s,host", f);
	print_names(f, host_feature_info, HOST_FEATURE_N);
	fputc('\n', f);
}

static void print_ends(FILE *f, const struct flow *flow) {
	const struct flow_key *key = flow_key_of(flow);
	const bool hi = flow_initiator_is_hi(flow);
	char text[ADDR_TEXT_MAX];

	fprintf(f,
		"%s,%u,",
		addr_text(hi ? &key->hi : &key->lo, UINT8_MAX, text),
		hi ? key->hi_port : key->lo_port);
	fprintf(f,
		"%s,%u,",
		addr_text(hi ? &key->lo : &key->hi, UINT8_MAX, text),
		hi ? key->lo_port : key->hi_port);
	fprintf(f, "%u,%u,%u,", key->proto, key->vlan, key->tunnel_id);
}

void csv_flow(void *file, const struct flow *flow, uint64_t) {
	const float score = flow_score_of(flow);
	char id[COMMUNITY_ID_MAX];
	float row[FLOW_FEATURE_N];
	FILE *f = file;

	flow_features(flow, row);
	print_ends(f, flow);
	print_time(f, flow_first_ns(flow));
	fputc(',', f);
	print_time(f, flow_last_ns(flow));
	fprintf(f, ",%s", flow_community_id(flow_key_of(flow), flow_initiator_is_hi(flow), 0, id));
	print_row(f, row, FLOW_FEATURE_N);
	if (isnan(score)) // not scored: no model
		fputs(",", f);
	else
		fprintf(f, ",%.9g", (double)score);
	fprintf(f, ",%d\n", flow_marked(flow));
}

void csv_host(
	void *file,
	uint64_t time_ns,
	const struct addr *host,
	const float row[static HOST_FEATURE_N]
) {
	char text[ADDR_TEXT_MAX];
	FILE *f = file;

	print_time(f, time_ns);
	fprintf(f, ",%s", addr_text(host, UINT8_MAX, text));
	print_row(f, row, HOST_FEATURE_N);
	fputc('\n', f);
}
