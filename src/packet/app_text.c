// Applications that speak in lines of text.
#include "packet/app_look.h"

#define METHOD_BYTES_MAX 17 // UPDATEREDIRECTREF, the longest of the registry (RFC 9110, 16.1.1)
#define BANNER_BYTES_MAX 128 // of a greeting, in which the protocol's name is sought
#define FOLD 0x20202020u // upper-case letters to lower; ':', '/', '*', ' ' and digits stay

static bool is_upper(uint8_t c) {
	return c >= 'A' && c <= 'Z';
}

// HTTP in a datagram is SSDP.
static unsigned http(const struct look *l) {
	return l->tcp ? APP_HTTP : APP_SSDP;
}

// What a request asks for tells whose it is: the methods of HTTP, RTSP and SIP overlap.
static unsigned request_target(const struct look *l, uint32_t at) {
	if (l->b[at] == '/')
		return l->tcp ? APP_HTTP : APP_NONE;
	if (!sees(l, at + 4))
		return APP_NONE;
	switch (be32(&l->b[at]) | FOLD) {
	case WORD('s', 'i', 'p', ':'):
	case WORD('s', 'i', 'p', 's'):
	case WORD('t', 'e', 'l', ':'):
		return APP_SIP;
	case WORD('r', 't', 's', 'p'):
	case WORD('*', ' ', 'r', 't'):
		return APP_RTSP;
	case WORD('h', 't', 't', 'p'):
	case WORD('*', ' ', 'h', 't'):
		return http(l);
	default: // a host and a port, or nothing that we know
		return l->tcp && bytes_are(l, 0, "CONNECT ", 8) && l->b[at] > ' ' ? APP_HTTP
										  : APP_NONE;
	}
}

static unsigned request(const struct look *l) {
	const uint32_t most = l->n < METHOD_BYTES_MAX + 2 ? l->n : METHOD_BYTES_MAX + 2;
	uint32_t at = 0;

	while (at < most && (is_upper(l->b[at]) || l->b[at] == '-'))
		at++;
	if (at < 3 || at >= most || l->b[at] != ' ')
		return APP_NONE;
	// Some devices send the method alone in a segment.
	if (at + 1 == l->n)
		return when(l->tcp && app_by_port(PROTO_TCP, l->dport) == APP_HTTP, APP_HTTP);
	return request_target(l, at + 1);
}

// "220 mail.example ESMTP": which of the two greets, by its own word or else by the port.
static unsigned greeting(const struct look *l) {
	const uint32_t most = l->n < BANNER_BYTES_MAX ? l->n : BANNER_BYTES_MAX;
	uint32_t last = 0;

	for (uint32_t i = 4; i < most && l->b[i] != '\n'; i++) {
		last = last << 8 | l->b[i] | 0x20;
		if (last == WORD('s', 'm', 't', 'p'))
			return APP_SMTP;
		if ((last & 0xffffff) == WORD(0, 'f', 't', 'p') || last == WORD('z', 'i', 'l', 'l'))
			return APP_FTP; // FileZilla does not say it
	}
	return APP_NONE;
}

// A reply of three digits: RFC 959, 4.2 and RFC 5321, 4.2 have the same form.
static unsigned reply(const struct look *l) {
	const bool separated = l->b[3] == ' ' || l->b[3] == '-';
	unsigned app;

	if (!l->tcp || !separated || !is_digit(l->b[1]) || !is_digit(l->b[2]))
		return APP_NONE;
	app = bytes_are(l, 0, "220", 3) ? greeting(l) : APP_NONE;
	if (app != APP_NONE)
		return app;
	if (app_is_usual(APP_FTP, PROTO_TCP, l->sport))
		return APP_FTP;
	return app_is_usual(APP_SMTP, PROTO_TCP, l->sport) ? APP_SMTP : APP_NONE;
}

// USER: of FTP one word, of POP3 the same on its port, of IRC four words (RFC 2812, 3.1.3).
static unsigned user(const struct look *l) {
	const uint32_t most = l->n < 64 ? l->n : 64;
	unsigned blanks = 0;

	if (!l->tcp || !bytes_are(l, 4, " ", 1))
		return APP_NONE;
	if (port_is(l, 110))
		return APP_POP3;
	for (uint32_t i = 5; i < most; i++) {
		blanks += l->b[i] == ' ';
		if (l->b[i] < ' ')
			return blanks == 0 ? APP_FTP : blanks >= 3 ? APP_IRC : APP_NONE;
	}
	return APP_NONE;
}

static unsigned redis_or_pop3(const struct look *l) {
	if (app_is_usual(APP_REDIS, PROTO_TCP, l->sport))
		return APP_REDIS;
	if (bytes_are(l, 0, "+OK ", 4) || port_is(l, 110))
		return APP_POP3;
	return APP_NONE;
}

// An array of bulk strings: *2 CR LF $3 CR LF. An inline command on the port (PING CR LF) is in word().
static unsigned resp(const struct look *l) {
	uint32_t at = 1;

	while (at < 8 && at < l->n && is_digit(l->b[at]))
		at++;
	return l->tcp && at > 1 && bytes_are(l, at, "\r\n$", 3) && sees(l, at + 4)
			&& is_digit(l->b[at + 3])
		? APP_REDIS
		: APP_NONE;
}

// <PRI>, 0 to 191, and then something printable.
static unsigned syslog_line(const struct look *l) {
	unsigned priority = 0;
	uint32_t at = 1;

	while (at < 4 && at < l->n && is_digit(l->b[at]))
		priority = priority * 10 + (l->b[at++] - '0');
	return at > 1 && priority <= 191 && bytes_are(l, at, ">", 1) && sees(l, at + 2)
			&& l->b[at + 1] >= ' ' && l->b[at + 1] < 0x7f
		? APP_SYSLOG
		: APP_NONE;
}

// A message of the distributed hash table: its keys are sorted, so that it begins in one of a few ways.
static unsigned bencoded(const struct look *l) {
	const bool told = bytes_are(l, 0, "d1:ad2:id20:", 12) || bytes_are(l, 0, "d1:rd2:id20:", 12)
		|| bytes_are(l, 0, "d2:ip", 5) || bytes_are(l, 0, "d1:eli20", 8);

	return !l->tcp && told ? APP_BITTORRENT : APP_NONE;
}

unsigned app_memcached_text(const struct look *l) {
	switch (l->head) {
	case WORD('g', 'e', 't', ' '):
	case WORD('g', 'e', 't', 's'):
	case WORD('g', 'a', 't', ' '):
	case WORD('s', 'e', 't', ' '):
	case WORD('a', 'd', 'd', ' '):
	case WORD('c', 'a', 's', ' '):
	case WORD('r', 'e', 'p', 'l'):
	case WORD('a', 'p', 'p', 'e'):
	case WORD('p', 'r', 'e', 'p'):
	case WORD('d', 'e', 'l', 'e'):
	case WORD('i', 'n', 'c', 'r'):
	case WORD('d', 'e', 'c', 'r'):
	case WORD('t', 'o', 'u', 'c'):
	case WORD('f', 'l', 'u', 's'):
	case WORD('s', 't', 'a', 't'):
	case WORD('v', 'e', 'r', 's'):
	case WORD('V', 'A', 'L', 'U'):
	case WORD('V', 'E', 'R', 'S'):
	case WORD('S', 'T', 'A', 'T'):
	case WORD('S', 'T', 'O', 'R'):
	case WORD('E', 'N', 'D', '\r'):
		return APP_MEMCACHED;
	default:
		return APP_NONE;
	}
}

// By the first word, where that is enough or nearly so.
static unsigned word(const struct look *l) {
	switch (l->head) {
	case WORD('H', 'T', 'T', 'P'):
		return when(bytes_are(l, 4, "/", 1) && sees(l, 6) && is_digit(l->b[5]), http(l));
	case WORD('S', 'I', 'P', '/'):
		return when(bytes_are(l, 4, "2.", 2), APP_SIP);
	case WORD('R', 'T', 'S', 'P'):
		return when(bytes_are(l, 4, "/", 1) && sees(l, 6) && is_digit(l->b[5]), APP_RTSP);
	case WORD('S', 'S', 'H', '-'):
		return when(l->tcp && sees(l, 6) && is_digit(l->b[4]) && l->b[5] == '.', APP_SSH);
	case WORD('R', 'F', 'B', ' '):
		return when(l->tcp && bytes_are(l, 4, "00", 2), APP_VNC);
	case WORD('A', 'M', 'Q', 'P'):
		return when(l->tcp && sees(l, 8) && l->b[4] <= 3, APP_AMQP);
	case WORD('E', 'H', 'L', 'O'):
	case WORD('H', 'E', 'L', 'O'):
	case WORD('L', 'H', 'L', 'O'):
		return when(
			l->tcp && (bytes_are(l, 4, " ", 1) || bytes_are(l, 4, "\r", 1)), APP_SMTP
		);
	case WORD('*', ' ', 'O', 'K'):
		return when(l->tcp, APP_IMAP);
	case WORD('*', ' ', 'P', 'R'):
		return when(l->tcp && bytes_are(l, 4, "EAUTH", 5), APP_IMAP);
	case WORD('*', ' ', 'B', 'Y'):
		return when(l->tcp && bytes_are(l, 4, "E ", 2), APP_IMAP);
	case WORD('U', 'S', 'E', 'R'):
		return user(l);
	case WORD('N', 'I', 'C', 'K'):
		return when(l->tcp && bytes_are(l, 4, " ", 1), APP_IRC);
	case WORD('C', 'A', 'P', ' '):
		return when(l->tcp && bytes_are(l, 4, "LS", 2), APP_IRC);
	case WORD('P', 'I', 'N', 'G'):
	case WORD('I', 'N', 'F', 'O'):
	case WORD('A', 'U', 'T', 'H'):
	case WORD('p', 'i', 'n', 'g'):
	case WORD('i', 'n', 'f', 'o'):
		return when(l->tcp && app_is_usual(APP_REDIS, PROTO_TCP, l->dport), APP_REDIS);
	default:
		return APP_NONE;
	}
}

unsigned app_text(const struct look *l) {
	const unsigned app = word(l);

	if (app != APP_NONE)
		return app;
	if (l->tcp && port_is(l, 11211) && app_memcached_text(l) != APP_NONE)
		return APP_MEMCACHED;
	switch (l->b[0]) {
	case 'A' ... 'Z':
		return request(l);
	case '1' ... '5':
		return reply(l);
	case '*':
		return resp(l);
	case '+':
		return when(l->tcp && bytes_are(l, 1, "OK", 2), redis_or_pop3(l));
	case '-':
		return when(l->tcp && bytes_are(l, 1, "ERR", 3), redis_or_pop3(l));
	case '<':
		return !l->tcp && port_is(l, 3702) && !is_digit(l->b[1]) ? APP_WSD : syslog_line(l);
	case 'd':
		return bencoded(l);
	default:
		return APP_NONE;
	}
}
