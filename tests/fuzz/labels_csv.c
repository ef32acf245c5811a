// Labels of captures, from anyone: rows whose truth can be asked of any alarm, or one line that says where they are wrong.
#include "../../tools/cli/csv_in.c"
#include "../../tools/cli/labels.c"
#undef TEXT_MAX
#include "../../tools/cli/truth.c"
#undef TEXT_MAX
#include "../../tools/cli/truth_types.c"
#include "../../tools/cli/unpack.c"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void fuzz_seeds(void (*give)(const uint8_t *data, size_t n));

static void need(bool holds) {
	if (!holds)
		abort();
}

static void check_error(const char *error) {
	need(error[0] != '\0' && strpbrk(error, "\n\x1b") == NULL);
}

static void check_truth(const struct truth *truth) {
	struct alarm alarm = {.kind = KIND_SYN_FLOOD, .n_sources = 1};
	unsigned n = 0;

	for (unsigned kind = 0; kind < KIND_N; kind++)
		n += truth->right[kind];
	need(n == truth->n_right);
	need(truth->group != NULL && strlen(truth->wanted) < sizeof(truth->wanted));
	need(truth->target.n <= TRUTH_ENDS_MAX && truth->source.n <= TRUTH_ENDS_MAX);
	need(truth->target_from != NULL || truth->target.n + truth->source.n == 0);
	// An alarm about one of its ends is about it.
	for (unsigned i = 0; i < truth->target.n; i++) {
		alarm.target = truth->target.end[i].addr;
		alarm.target_prefix_len = truth->target.end[i].prefix_len;
		need(truth_about(truth, &alarm));
	}
}

static void check_label(const struct label *label) {
	struct truth truth[TRUTH_PARTS_MAX];
	char error[CSV_ERROR_MAX] = "";
	const int n = truth_of(truth, label, error);

	need(label->file[0] != '\0' && label->file[0] != '/');
	need(strpbrk(label->file, "\n\x1b") == NULL && strpbrk(label->type, "\n\x1b") == NULL);
	need(label->top_share >= 0 && label->top_share <= 1);
	need(label->start.ns >= 0 && label->end.ns >= 0);
	if (n < 0)
		check_error(error);
	for (int i = 0; i < n; i++)
		check_truth(&truth[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
	const int fd = memfd_create("labels.csv", 0);
	struct labels labels = {0};
	char path[64], error[CSV_ERROR_MAX] = "";

	need(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (labels_read(&labels, path, error) < 0)
		check_error(error);
	for (size_t i = 0; i < labels.n; i++)
		if (labels.label[i].exclude != NULL) // the last one may be half read
			check_label(&labels.label[i]);
	labels_free(&labels);
	close(fd);
	return 0;
}

void fuzz_seeds(void (*give)(const uint8_t *data, size_t n)) {
	static const char found[] = "file,class,type,packet_rule,top_dst,top_dst_share\n"
				    "a/b.pcap,attack,bacnet47808_dvr37810_amplification,"
				    "\"all; victim 10.0.0.1:80, port\",10.0.0.1,1.00\n"
				    "c.pcap,mixed,nmap_scan+ssh_bruteforce/arp scan,"
				    "10.0.0.2 -> 10.0.0.1,2001:db8::1,0.5\n"
				    "d.pcap,benign,,,,\n";
	static const char ours[] = "file,kind,target,source,start,end,exclude\n"
				   "a.pcap,syn_flood|udp_flood,[2001:db8::1]:80|10.0.0.0/8,"
				   "192.0.2.1,+1.5,+9,\n"
				   "b.pcap,dns_amplification,10.0.0.1,,1700000000,"
				   "1700000060.5,why not\n";
	static const char names[] = "type,file\nflood (type in name),dir/day_synFlood.pcap\n"
				    "DDoS,x\ninfected 10.0.0.2,y\n";
	const char *const seeds[] = {found, ours, names};

	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		give((const uint8_t *)seeds[i], strlen(seeds[i]));
}
