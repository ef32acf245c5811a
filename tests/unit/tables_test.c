// Tables as bytes become fields, figures and packets: csv_in, columns, flow_row, packet_info, packet_list.
#include "columns.h"
#include "csv_in.h"
#include "flow_row.h"
#include "packet/packet.h"
#include "packet_info.h"
#include "packet_list.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct csv_in *csv_of(const char *text) {
	const int fd = memfd_create("table.csv", 0);
	char path[64], error[CSV_ERROR_MAX];
	struct csv_in *csv;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(csv_in_open(&csv, path, error), 0);
	close(fd);
	return csv;
}

static void fields_are_cut_and_unquoted(void **) {
	static const struct {
		const char *text;
		uint32_t n;
		const char *field[4];
		unsigned long line;
	} cases[] = {
		{"a,b\n", 2, {"a", "b"}, 1},
		{"a,b", 2, {"a", "b"}, 1},
		{"a,b\r\n", 2, {"a", "b"}, 1},
		{",\n", 2, {"", ""}, 1},
		{"\n\r\n\na,b\n", 2, {"a", "b"}, 4},
		{"\xef\xbb\xbf"
		 "a,b\n",
		 2,
		 {"a", "b"},
		 1},
		{"\"a\",\"b,c\"\n", 2, {"a", "b,c"}, 1},
		{"\"a\"\"b\",\"\"\n", 2, {"a\"b", ""}, 1},
		{"\"a\nb\",c\n", 2, {"a\nb", "c"}, 1},
		{"\"a \"b\" c\",d\n", 2, {"a \"b\" c", "d"}, 1}, // not doubled, but clear
		{"a\"b,c\n", 2, {"a\"b", "c"}, 1},
		{"\"a\"\r\n", 1, {"a"}, 1},
		{"a\rb,c\n", 2, {"a\rb", "c"}, 1},
		{"a;b;c\n", 3, {"a", "b", "c"}, 1},
		{"a\tb\n", 2, {"a", "b"}, 1},
		{"\"a;b\",c;d\n", 2, {"a;b", "c;d"}, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct csv_in *csv = csv_of(cases[i].text);

		print_message("  case %zu\n", i);
		assert_int_equal(csv_in_next(csv), 1);
		assert_int_equal(csv_in_n(csv), cases[i].n);
		assert_int_equal(csv_in_line(csv), cases[i].line);
		for (uint32_t k = 0; k < cases[i].n; k++)
			assert_string_equal(csv_in_field(csv, k), cases[i].field[k]);
		assert_int_equal(csv_in_next(csv), 0);
		assert_null(csv_in_error(csv));
		csv_in_close(csv);
	}
}

static void an_error_has_the_line_where_its_record_begins(void **) {
	struct csv_in *csv = csv_of("a,b\n\"1\n2\",3\n4,\"5\n6\n");

	assert_int_equal(csv_in_next(csv), 1);
	assert_int_equal(csv_in_next(csv), 1);
	assert_int_equal(csv_in_line(csv), 2);
	assert_int_equal(csv_in_next(csv), -1);
	assert_non_null(strstr(csv_in_error(csv), ":4:2: a quote is not closed"));
	assert_int_equal(csv_in_next(csv), -1);
	csv_in_close(csv);
}

static void times_are_read_in_the_forms_that_tables_have(void **) {
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {
		{"1499454844.346778000", 1499454844346778000u},
		{"1499454844,346778", 1499454844346778000u},
		{"1499454844346", 1499454844346000000u},
		{"1499454844346778", 1499454844346778000u},
		{"1499454844346778123", 1499454844346778123u},
		{"2017-07-07 19:14:04.346778", 1499454844346778000u},
		{"2017-07-07T19:14:04", 1499454844000000000u},
		{"07/07/2017 07:14:04 PM", 1499454844000000000u},
		{"7/7/2017 19:14", 1499454840000000000u},
		{"01/02/1970 12:00:00 AM", 31ull * 86400 * 1000000000}, // day first
		{"0.000000", 0},
		{" 12.5", 12500000000},
	};
	static const char *const refused[]
		= {"",
		   "x",
		   "-1",
		   "1.2.3",
		   "2017-13-07 1:00",
		   "2017-07-07",
		   "25:00:00",
		   "1e9",
		   "2017-07-07 25:00:00"};
	uint64_t ns;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("  %s\n", cases[i].text);
		assert_true(flow_time_parse(cases[i].text, &ns));
		assert_int_equal(ns, cases[i].ns);
	}
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		print_message("  not %s\n", refused[i]);
		assert_false(flow_time_parse(refused[i], &ns));
	}
	assert_true(flow_clock_parse("01:02:03.5", &ns));
	assert_int_equal(ns, 3723500000000);
}

static void info_tells_ports_flags_and_lengths(void **) {
	static const struct {
		const char *protocol, *info;
		struct packet_info is;
	} cases[] = {
		{"TCP",
		 "50000 \xe2\x86\x92 443 [SYN, ACK] Seq=7 Ack=9 Win=64240 Len=5 MSS=1460",
		 {.has_ports = true,
		  .has_flags = true,
		  .has_seq = true,
		  .has_length = true,
		  .is_tcp = true,
		  .sport = 50000,
		  .dport = 443,
		  .tcp_flags = TCP_SYN | TCP_ACK,
		  .seq = 7,
		  .ack = 9,
		  .window = 64240,
		  .length = 5}},
		{"TCP",
		 "[TCP Retransmission] , https(443) > 50000 [<None>] Seq=1 Win=0 Len=0",
		 {.has_ports = true,
		  .has_flags = true,
		  .has_seq = true,
		  .has_length = true,
		  .is_tcp = true,
		  .sport = 443,
		  .dport = 50000,
		  .seq = 1}},
		{"UDP",
		 "53 \xe2\x86\x92 33000 Len=512",
		 {.has_ports = true,
		  .has_length = true,
		  .sport = 53,
		  .dport = 33000,
		  .length = 512}},
		{"UDP",
		 "Source port: domain (53)  Destination port: 33000",
		 {.has_ports = true, .sport = 53, .dport = 33000}},
		{"HTTP", "GET /?a=1 > 2 HTTP/1.1 ", {0}},
		{"HTTP", "HTTP/1.1 200 OK  (text/html)", {.from_server = true}},
		{"TCP", "70000 \xe2\x86\x92 1 [SYN] Len=0", {0}},
		{"DNS",
		 "Standard query response 0x1a2b A example.com",
		 {.from_server = true, .id = 0x1a2b}},
		{"IPv4",
		 "Fragmented IP protocol (proto=UDP 17, off=1480, ID=0a0b)",
		 {.is_fragment = true, .fragment_proto = 17, .fragment_offset = 1480}},
		{"IPv6",
		 "IPv6 fragment (off=1448 more=y ident=1 nxt=17)",
		 {.is_fragment = true, .fragment_proto = 17, .fragment_offset = 1448}},
		{"ICMP",
		 "Echo (ping) reply    id=0x0001, seq=1/256, ttl=55 (request in 1)",
		 {.from_server = true, .id = 1, .ttl = 55}},
		{"ICMPv6", "Neighbor Solicitation for fe80::1 from x", {.icmp_type = 135}},
		{"ICMP",
		 "Destination unreachable (Port unreachable)",
		 {.icmp_type = 3, .icmp_code = 3}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct packet_info got, want = cases[i].is;

		print_message("  %s\n", cases[i].info);
		packet_info_parse(&got, cases[i].protocol, cases[i].info);
		assert_int_equal(got.has_ports, want.has_ports);
		assert_int_equal(got.has_flags, want.has_flags);
		assert_int_equal(got.has_seq, want.has_seq);
		assert_int_equal(got.has_length, want.has_length);
		assert_int_equal(got.is_tcp, want.is_tcp);
		assert_int_equal(got.is_fragment, want.is_fragment);
		assert_int_equal(got.from_server, want.from_server);
		assert_int_equal(got.sport, want.sport);
		assert_int_equal(got.dport, want.dport);
		assert_int_equal(got.tcp_flags, want.tcp_flags);
		assert_int_equal(got.icmp_type, want.icmp_type);
		assert_int_equal(got.icmp_code, want.icmp_code);
		assert_int_equal(got.ttl, want.ttl);
		assert_int_equal(got.fragment_proto, want.fragment_proto);
		assert_int_equal(got.fragment_offset, want.fragment_offset);
		assert_int_equal(got.seq, want.seq);
		assert_int_equal(got.ack, want.ack);
		assert_int_equal(got.window, want.window);
		assert_int_equal(got.length, want.length);
		assert_int_equal(got.id, want.id);
	}
}

// Rows of a list, parsed as the sensor would.
static unsigned packets_of(const char *rows, struct packet *out, unsigned max) {
	static const char head[] = "No.,Time,Source,Destination,Protocol,Length,Info\n";
	const struct packet_conf conf = {.link = LINK_ETHERNET, .tunnel_depth = 4};
	struct frame frames[PACKET_LIST_BURST];
	struct packet_list *list;
	struct columns columns;
	struct csv_in *csv;
	char text[4096];
	unsigned n = 0;
	uint16_t got;

	snprintf(text, sizeof(text), "%s%s", head, rows);
	csv = csv_of(text);
	assert_int_equal(columns_read(&columns, csv, -1), 0);
	assert_int_equal(columns.format, CSV_PACKETS);
	list = packet_list_create(csv, &columns);
	while ((got = packet_list_burst(list, frames)) > 0)
		for (uint16_t i = 0; i < got && n < max; i++)
			packet_parse(&conf, &frames[i], &out[n++]);
	assert_null(csv_in_error(csv));
	packet_list_destroy(list);
	columns_free(&columns);
	csv_in_close(csv);
	return n;
}

static void rows_of_a_packet_list_are_packets(void **) {
	static const char rows[]
		= "1,1.5,10.0.0.1,10.0.0.2,TCP,74,50000 \xe2\x86\x92 443 [SYN] Seq=0 Win=9 Len=0\n"
		  "2,1.6,2001:db8::1,2001:db8::2,UDP,162,53 \xe2\x86\x92 4000 Len=100\n"
		  "3,1.7,10.0.0.1,10.0.0.2,IPv4,1514,\"Fragmented IP protocol (proto=UDP 17, "
		  "off=1480, ID=1)\"\n"
		  "4,1.8,aa:bb:cc:dd:ee:ff,Broadcast,ARP,60,Who has 10.0.0.1?\n"
		  "5,1.9,10.0.0.1,10.0.0.2,ICMP,98,\"Echo (ping) request  id=0x1, ttl=3\"\n";
	struct packet p[8];

	assert_int_equal(packets_of(rows, p, ARRAY_LEN(p)), 5);
	assert_int_equal(p[0].class, PACKET_FLOW);
	assert_int_equal(p[0].proto, PROTO_TCP);
	assert_int_equal(p[0].tcp_flags, TCP_SYN);
	assert_int_equal(p[0].sport, 50000);
	assert_int_equal(p[0].dport, 443);
	assert_int_equal(p[0].bytes, 74);
	assert_int_equal(p[0].payload_bytes, 0);
	assert_int_equal(p[0].ts_ns, 1500000000);
	assert_false(addr_is_ip4(&p[1].src));
	assert_int_equal(p[1].sport, 53);
	assert_int_equal(p[1].payload_bytes, 100);
	assert_int_equal(p[1].bytes, 162);
	assert_true(p[2].marks & PACKET_FRAGMENT_LATER);
	assert_int_equal(p[2].bytes, 1514);
	assert_int_equal(p[3].class, PACKET_NOT_IP);
	assert_int_equal(p[3].ether_type, 0x0806);
	assert_int_equal(p[4].proto, PROTO_ICMP);
	assert_int_equal(p[4].icmp_type, 8);
	assert_int_equal(p[4].ttl, 3);
}

static void what_is_carried_goes_on_where_the_last_segment_ended(void **) {
	static const char rows[]
		= "1,1,10.0.0.1,10.0.0.2,TCP,66,50000 \xe2\x86\x92 443 [ACK] Seq=1 Ack=1 Win=9 "
		  "Len=0\n"
		  "2,1,10.0.0.1,10.0.0.2,TLSv1.2,166,Client Hello\n"
		  "3,1,10.0.0.2,10.0.0.1,TLSv1.2,266,Server Hello\n"
		  "4,1,10.0.0.1,10.0.0.2,TCP,66,50000 \xe2\x86\x92 443 [ACK] Seq=101 Ack=201 Win=9 "
		  "Len=0\n"
		  "5,1,10.0.0.3,10.0.0.2,HTTP,500,GET / HTTP/1.1 \n"
		  "6,1,10.0.0.2,10.0.0.3,HTTP,900,HTTP/1.1 200 OK\n";
	struct packet p[8];

	assert_int_equal(packets_of(rows, p, ARRAY_LEN(p)), 6);
	assert_int_equal(p[1].sport, 50000);
	assert_int_equal(p[1].tcp_seq, 1);
	assert_int_equal(p[1].payload_bytes, 100); // a header of 32 bytes, as the row before had
	assert_int_equal(p[2].sport, 443);
	assert_int_equal(p[2].dport, 50000);
	assert_int_equal(p[2].tcp_ack, 101);
	assert_int_equal(p[3].tcp_seq, p[1].tcp_seq + p[1].payload_bytes);
	// Nobody told the client's port: the question and its answer are of one flow all the same.
	assert_int_equal(p[4].dport, 80);
	assert_int_equal(p[5].sport, 80);
	assert_int_equal(p[4].sport, p[5].dport);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_cut_and_unquoted),
		cmocka_unit_test(an_error_has_the_line_where_its_record_begins),
		cmocka_unit_test(times_are_read_in_the_forms_that_tables_have),
		cmocka_unit_test(info_tells_ports_flags_and_lengths),
		cmocka_unit_test(rows_of_a_packet_list_are_packets),
		cmocka_unit_test(what_is_carried_goes_on_where_the_last_segment_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
