// Addresses: text and prefixes.
#include <weir/addr.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t ip4_mapped[12] = {[10] = 0xff, [11] = 0xff};

struct addr addr_from_ip4(const void *ip4) {
	struct addr a;

	memcpy(a.b, ip4_mapped, sizeof(ip4_mapped));
	memcpy(&a.b[12], ip4, 4);
	return a;
}

struct addr addr_from_ip6(const void *ip6) {
	struct addr a;

	memcpy(a.b, ip6, sizeof(a.b));
	return a;
}

static unsigned family_offset(const struct addr *a) {
	return addr_is_ip4(a) ? 96 : 0;
}

struct addr addr_mask(const struct addr *a, uint8_t prefix_len) {
	const unsigned bits = prefix_len + family_offset(a);
	struct addr out = *a;

	for (unsigned i = 0; i < sizeof(out.b); i++) {
		const unsigned before = i * 8;

		if (before >= bits)
			out.b[i] = 0;
		else if (bits - before < 8)
			out.b[i] &= (uint8_t)(0xff << (8 - (bits - before)));
	}
	return out;
}

const char *addr_text(const struct addr *a, uint8_t prefix_len, char text[static ADDR_TEXT_MAX]) {
	const bool ip4 = addr_is_ip4(a);
	size_t n;

	inet_ntop(ip4 ? AF_INET : AF_INET6, ip4 ? &a->b[12] : a->b, text, ADDR_TEXT_MAX);
	n = strlen(text);
	if (prefix_len < (ip4 ? 32 : 128))
		snprintf(&text[n], ADDR_TEXT_MAX - n, "/%u", prefix_len);
	return text;
}

int addr_parse(struct addr *out, uint8_t *prefix_len, const char *text) {
	const char *slash = strchr(text, '/');
	const size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char host[INET6_ADDRSTRLEN];
	uint8_t raw[16];
	unsigned whole;
	struct addr a;

	if (n >= sizeof(host) || (slash != NULL && prefix_len == NULL))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, raw) == 1) {
		a = addr_from_ip4(raw);
		whole = 32;
	} else if (inet_pton(AF_INET6, host, raw) == 1) {
		a = addr_from_ip6(raw);
		whole = addr_is_ip4(&a) ? 32 : 128;
	} else {
		return -EINVAL;
	}
	if (slash != NULL) {
		char *end;
		unsigned long bits;

		if (slash[1] < '0' || slash[1] > '9')
			return -EINVAL;
		bits = strtoul(&slash[1], &end, 10);
		if (*end != '\0' || bits > whole)
			return -EINVAL;
		whole = (unsigned)bits;
	}
	*out = a;
	if (prefix_len != NULL)
		*prefix_len = (uint8_t)whole;
	return 0;
}
