// Top talkers as JSON. Keys are set in the order of event.schema.json, which jansson keeps.
#include "publish/json.h"

#include "publish/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TALKER_SECONDS 10 // detect_top_*(): over the last 10 s
// Reals are rounded to at most 15 digits when they are made, so 15 print them without noise.
#define LINE_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(15))

char *json_line(const json_t *value) {
	return json_dumps(value, LINE_FLAGS | JSON_ENCODE_ANY);
}

json_t *real_json(double value) {
	char text[40];

	if (!isfinite(value))
		return json_null();
	if (fabs(value) >= 1e6)
		return json_real(fabs(value) < 1e15 ? round(value) : value);
	snprintf(text, sizeof(text), "%.6g", value);
	return json_real(strtod(text, NULL));
}

static json_t *address_json(const struct addr *addr, uint8_t prefix_len) {
	char text[ADDR_TEXT_MAX];

	return json_string(addr_text(addr, prefix_len, text));
}

static json_t *protocol_json(uint8_t proto) {
	char text[8];

	return proto == 0 ? json_null() : json_string(protocol_text(proto, text));
}

// A set of fields that fails as a whole: json_object_set_new() takes NULL as a failure.
static json_t *whole(json_t *object, int failed) {
	if (failed == 0)
		return object;
	json_decref(object);
	return NULL;
}

json_t *host_talker_json(const struct host_talker *host) {
	json_t *o = json_object();
	int failed = 0;

	failed |= json_object_set_new(o, "address", address_json(&host->addr, UINT8_MAX));
	failed |= json_object_set_new(o, "in_bytes_per_s", real_json(host->in_bytes_per_s));
	failed |= json_object_set_new(o, "out_bytes_per_s", real_json(host->out_bytes_per_s));
	failed |= json_object_set_new(o, "in_packets_per_s", real_json(host->in_packets_per_s));
	failed |= json_object_set_new(o, "out_packets_per_s", real_json(host->out_packets_per_s));
	failed |= json_object_set_new(o, "score", real_json(host->score));
	return whole(o, failed);
}

json_t *flow_talker_json(const struct flow_talker *flow) {
	const double bytes_per_s = (double)flow->bytes / TALKER_SECONDS;
	const double packets_per_s = (double)flow->packets / TALKER_SECONDS;
	json_t *o = json_object();
	int failed = 0;

	failed |= json_object_set_new(o, "protocol", protocol_json(flow->proto));
	failed |= json_object_set_new(o, "source", address_json(&flow->src, UINT8_MAX));
	failed |= json_object_set_new(o, "source_port", json_integer(flow->sport));
	failed |= json_object_set_new(o, "target", address_json(&flow->dst, UINT8_MAX));
	failed |= json_object_set_new(o, "target_port", json_integer(flow->dport));
	failed |= json_object_set_new(o, "bytes_per_s", real_json(bytes_per_s));
	failed |= json_object_set_new(o, "packets_per_s", real_json(packets_per_s));
	return whole(o, failed);
}
