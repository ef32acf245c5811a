// Applications in ASN.1's basic encoding (X.690, 8.1): SNMP, LDAP, Kerberos.
#include "packet/app_look.h"

#define SEQUENCE 0x30
#define INTEGER 0x02
#define OCTETS 0x04
#define COMMUNITY_BYTES_MAX 128
#define LENGTH_BYTES_MAX 4

// A tag and its length.
struct element {
	uint32_t body; // where its contents begin; 0: it is not there, or has no length
	uint32_t bytes; // of the contents
};

static struct element element(const struct look *l, uint32_t at, uint8_t tag) {
	struct element e = {0};
	uint32_t more;

	if (!sees(l, at + 2) || l->b[at] != tag)
		return e;
	more = l->b[at + 1] & 0x7f;
	if (l->b[at + 1] < 0x80)
		return (struct element) {at + 2, more};
	if (more == 0 || more > LENGTH_BYTES_MAX || !sees(l, at + 2 + more))
		return e;
	for (uint32_t i = 0; i < more; i++)
		e.bytes = e.bytes << 8 | l->b[at + 2 + i];
	e.body = at + 2 + more;
	return e;
}

// What a datagram holds is the whole of it; a segment may hold the beginning alone, or more than one.
static bool fits(const struct look *l, const struct element *e) {
	return e->body != 0 && (l->tcp || e->bytes >= l->whole - e->body) && e->bytes < 1u << 24;
}

// RFC 3416, 3: GetRequest to Report.
static bool snmp_operation(uint8_t tag) {
	return tag >= 0xa0 && tag <= 0xa8;
}

static unsigned snmp(const struct look *l, uint32_t at, uint8_t version) {
	struct element next;

	if (version == 3)
		return element(l, at, SEQUENCE).body != 0 ? APP_SNMP : APP_NONE;
	if (version > 1)
		return APP_NONE;
	next = element(l, at, OCTETS);
	if (next.body == 0 || next.bytes > COMMUNITY_BYTES_MAX)
		return APP_NONE;
	at = next.body + next.bytes;
	return !sees(l, at + 1) || snmp_operation(l->b[at]) ? APP_SNMP : APP_NONE;
}

// RFC 4511, 4.2 to 4.13.
static bool ldap_operation(uint8_t tag) {
	switch (tag) {
	case 0x42:
	case 0x4a:
	case 0x50:
	case 0x60:
	case 0x61:
	case 0x63 ... 0x69:
	case 0x6b ... 0x6f:
	case 0x73:
	case 0x77 ... 0x79:
		return true;
	default:
		return false;
	}
}

unsigned app_ldap_snmp(const struct look *l) {
	const struct element whole = element(l, 0, SEQUENCE);
	struct element number;
	unsigned app;

	if (!fits(l, &whole))
		return APP_NONE;
	number = element(l, whole.body, INTEGER);
	if (number.body == 0 || number.bytes == 0 || number.bytes > 4
	    || !sees(l, number.body + number.bytes + 1))
		return APP_NONE;
	if (ldap_operation(l->b[number.body + number.bytes]))
		return l->tcp ? APP_LDAP : APP_CLDAP;
	app = number.bytes == 1 ? snmp(l, number.body + 1, l->b[number.body]) : APP_NONE;
	return app;
}

// The message type follows the version, and is the application tag's number: RFC 4120, 5.4.1, 5.4.2, 5.9.1.
unsigned app_kerberos(const struct look *l, uint32_t at) {
	struct element inner;
	uint8_t tag, type;

	if (!sees(l, at + 1))
		return APP_NONE;
	tag = l->b[at];
	type = tag & 0x1f;
	if ((tag & 0xe0) != 0x60 || !((type >= 10 && type <= 13) || type == 30))
		return APP_NONE;
	inner = element(l, at, tag);
	inner = inner.body != 0 ? element(l, inner.body, SEQUENCE) : inner;
	// [1] or [0], 3 bytes, INTEGER of one byte, 5
	return inner.body != 0 && sees(l, inner.body + 5) && (l->b[inner.body] & 0xfe) == 0xa0
			&& memcmp(&l->b[inner.body + 1], "\x03\x02\x01\x05", 4) == 0
		? APP_KERBEROS
		: APP_NONE;
}
