// The column Info, as Wireshark 1 to 4 writes it. Whatever the text is, what is not understood is not there.
#include "packet_info.h"

#include "packet/packet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ARROW "\xe2\x86\x92" // U+2192; a '>' before Wireshark 2

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

// A number up to max. @return what follows, or NULL
static const char *number_read(const char *text, uint32_t max, uint32_t *out) {
	uint64_t value = 0;

	if (!is_digit(*text))
		return NULL;
	for (; is_digit(*text); text++) {
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return NULL;
	}
	*out = (uint32_t)value;
	return text;
}

// The number that ends before `at`: "443 ", "https(443) ". @return false: none
static bool port_before(const char *start, const char *at, uint32_t *out) {
	const char *end;

	while (at > start && at[-1] == ' ')
		at--;
	if (at > start && at[-1] == ')')
		at--;
	end = at;
	while (at > start && is_digit(at[-1]))
		at--;
	return at < end && number_read(at, 65535, out) == end;
}

// "50000 [", "domain(53) Len". @return what follows, or NULL
static const char *port_after(const char *at, uint32_t *out) {
	at += strspn(at, " ");
	if (!is_digit(*at)) {
		at += strcspn(at, "( [");
		if (*at++ != '(')
			return NULL;
	}
	at = number_read(at, 65535, out);
	return at != NULL && *at == ')' ? at + 1 : at;
}

static bool word_is(const char *at, size_t n, const char *word) {
	return strlen(word) == n && strncmp(at, word, n) == 0;
}

// "[SYN, ACK]". @return false: something else is in the brackets
static bool flags_read(const char *at, uint8_t *flags) {
	static const struct {
		const char *word;
		uint8_t flag;
	} known[] = {
		{"SYN", TCP_SYN},
		{"ACK", TCP_ACK},
		{"FIN", TCP_FIN},
		{"RST", TCP_RST},
		{"PSH", TCP_PSH},
		{"URG", TCP_URG},
		{"ECE", 0x40},
		{"ECN", 0x40},
		{"CWR", 0x80},
		{"NS", 0},
		{"AE", 0},
		{"<None>", 0},
		{"None", 0},
		{"Reserved", 0},
	};

	*flags = 0;
	for (;;) {
		const size_t n = strcspn(at, ",]");
		bool found = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (!word_is(at, n, known[i].word))
				continue;
			*flags |= known[i].flag;
			found = true;
		}
		if (!found)
			return false;
		at += n;
		if (*at != ',')
			return *at == ']';
		at++;
		at += strspn(at, " ");
	}
}

// "Seq=1" behind a blank or a comma. @return false: not there
static bool value_read(const char *text, const char *name, uint32_t *out) {
	const size_t n = strlen(name);

	for (const char *at = strstr(text, name); at != NULL; at = strstr(at + n, name))
		if ((at == text || strchr(" ,(", at[-1]) != NULL)
		    && number_read(at + n, UINT32_MAX, out) != NULL)
			return true;
	return false;
}

static void tcp_read(struct packet_info *out, const char *rest) {
	out->has_seq = value_read(rest, "Seq=", &out->seq);
	value_read(rest, "Ack=", &out->ack);
	value_read(rest, "Win=", &out->window);
}

// "443 → 50000 [SYN] Seq=0 Win=64240 Len=0", "53 → 333 Len=100". A '>' in some address of the web is no arrow:
// behind the second port stand flags or a length.
static bool ports_read(struct packet_info *out, const char *info, const char *arrow) {
	const size_t n = strlen(arrow);

	for (const char *at = strstr(info, arrow); at != NULL; at = strstr(at + n, arrow)) {
		uint32_t from = 0, to = 0;
		const char *rest = port_after(at + n, &to);

		if (rest == NULL || !port_before(info, at, &from))
			continue;
		rest += strspn(rest, " ");
		out->has_flags = *rest == '[' && flags_read(rest + 1, &out->tcp_flags);
		out->has_length = value_read(rest, "Len=", &out->length);
		if (!out->has_flags && !out->has_length)
			continue;
		out->has_ports = true;
		out->sport = (uint16_t)from;
		out->dport = (uint16_t)to;
		out->is_tcp = out->has_flags;
		if (out->is_tcp)
			tcp_read(out, rest);
		return true;
	}
	return false;
}

// "Source port: domain (53)  Destination port: 1234": UDP before Wireshark 2.
static void old_ports_read(struct packet_info *out, const char *info) {
	const char *from = strstr(info, "Source port: "), *to = strstr(info, "Destination port: ");
	uint32_t sport = 0, dport = 0;

	if (from == NULL || to == NULL)
		return;
	from += strcspn(from, "0123456789"); // "domain (53)"
	to += strcspn(to, "0123456789");
	if (number_read(from, 65535, &sport) == NULL || number_read(to, 65535, &dport) == NULL)
		return;
	out->has_ports = true;
	out->sport = (uint16_t)sport;
	out->dport = (uint16_t)dport;
}

// "Fragmented IP protocol (proto=UDP 17, off=1480, ID=1a2b)", "IPv6 fragment (off=1448 more=y ident=.. nxt=17)"
static void fragment_read(struct packet_info *out, const char *info) {
	const char *proto = strstr(info, "proto=");
	uint32_t number = 0;

	if (strncasecmp(info, "Fragmented IP", 13) != 0
	    && strncasecmp(info, "IPv6 fragment", 13) != 0)
		return;
	out->is_fragment
		= value_read(info, "off=", &out->fragment_offset) && out->fragment_offset <= 65528;
	if (proto != NULL) { // "proto=UDP 17", "proto=UDP 0x11"
		proto += strcspn(proto, " ");
		number = (uint32_t)strtoul(proto, NULL, 0);
	} else {
		value_read(info, "nxt=", &number);
	}
	out->fragment_proto = number <= 255 ? (uint8_t)number : 0;
}

static void icmp_read(struct packet_info *out, const char *info, bool is_6) {
	static const struct {
		const char *begins;
		uint8_t type4, type6;
	} known[] = {
		{"Echo (ping) request", 8, 128},
		{"Echo (ping) reply", 0, 129},
		{"Echo request", 8, 128},
		{"Echo reply", 0, 129},
		{"Destination unreachable", 3, 1},
		{"Packet too big", 3, 2},
		{"Time-to-live exceeded", 11, 3},
		{"Time exceeded", 11, 3},
		{"Parameter problem", 12, 4},
		{"Redirect", 5, 137},
		{"Source quench", 4, 4},
		{"Timestamp request", 13, 128},
		{"Timestamp reply", 14, 129},
		{"Address mask request", 17, 128},
		{"Address mask reply", 18, 129},
		{"Router solicitation", 10, 133},
		{"Router advertisement", 9, 134},
		{"Neighbor solicitation", 8, 135},
		{"Neighbor advertisement", 0, 136},
		{"Multicast listener query", 8, 130},
		{"Multicast listener report", 0, 143},
	};

	out->icmp_type = is_6 ? 128 : 8;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strncasecmp(info, known[i].begins, strlen(known[i].begins)) == 0) {
			out->icmp_type = is_6 ? known[i].type6 : known[i].type4;
			break;
		}
	if (strstr(info, "(Port unreachable)") != NULL)
		out->icmp_code = is_6 ? 4 : 3;
	else if (strstr(info, "(Host unreachable)") != NULL)
		out->icmp_code = is_6 ? 3 : 1;
}

static bool reads_like_answer(const char *info) {
	static const char *const words[]
		= {"response",
		   "Response",
		   "reply",
		   "Reply",
		   "Server Hello",
		   "server",
		   "DHCP ACK",
		   "DHCP Offer",
		   "DHCP NAK",
		   "Advertise XID"};

	if (strncmp(info, "HTTP/", 5) == 0)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(info, words[i]) != NULL)
			return true;
	return false;
}

// "Standard query 0x1a2b A example.com", "id=0x0001".
static uint32_t id_read(const char *info) {
	const char *at = strstr(info, "0x");

	return at != NULL ? (uint32_t)strtoul(at, NULL, 16) : 0;
}

void packet_info_parse(struct packet_info *out, const char *protocol, const char *info) {
	uint32_t ttl;

	*out = (struct packet_info) {.from_server = reads_like_answer(info), .id = id_read(info)};
	if (!ports_read(out, info, ARROW) && !ports_read(out, info, ">"))
		old_ports_read(out, info);
	fragment_read(out, info);
	if (strncasecmp(protocol, "ICMP", 4) == 0)
		icmp_read(out, info, strcasecmp(protocol, "ICMPv6") == 0);
	if (value_read(info, "ttl=", &ttl) && ttl <= 255)
		out->ttl = (uint8_t)ttl;
}
