#include "publish/write.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

// --- numbers

static const char two_digits[] = "00010203040506070809101112131415161718192021222324"
				 "25262728293031323334353637383940414243444546474849"
				 "50515253545556575859606162636465666768697071727374"
				 "75767778798081828384858687888990919293949596979899";

static char *write_two(char *at, unsigned value) {
	return write_bytes(at, &two_digits[2 * value], 2);
}

char *write_unsigned(char *at, uint64_t value) {
	char digits[WRITE_INTEGER_ROOM];
	char *from = digits + sizeof(digits);

	for (; value >= 100; value /= 100) {
		from -= 2;
		write_two(from, (unsigned)(value % 100));
	}
	if (value >= 10) {
		from -= 2;
		write_two(from, (unsigned)value);
	} else {
		*--from = (char)('0' + value);
	}
	return write_bytes(at, from, (size_t)(digits + sizeof(digits) - from));
}

char *write_signed(char *at, int64_t value) {
	if (value >= 0)
		return write_unsigned(at, (uint64_t)value);
	*at = '-';
	return write_unsigned(at + 1, -(uint64_t)value);
}

// What "%.15g" gives, in JSON's form: "1e+15" -> "1e15", "1e-09" -> "1e-9", "2" -> "2.0".
static char *write_printed(char *at, double value) {
	char text[WRITE_REAL_ROOM], *e;
	size_t n;

	snprintf(text, sizeof(text), "%.15g", value);
	e = strchr(text, 'e');
	if (e == NULL && strchr(text, '.') == NULL)
		return write_literal(stpcpy(at, text), ".0");
	if (e == NULL)
		return stpcpy(at, text);
	n = (size_t)(e + 1 - text);
	at = write_bytes(at, text, n);
	if (text[n] == '-')
		*at++ = '-';
	n += strspn(&text[n], "+-0");
	return stpcpy(at, &text[n]);
}

// Six digits, the first at 10^exponent, -4 <= exponent <= 5, without the zeros at the end.
static char *write_digits(char *at, uint32_t digits, int exponent) {
	const unsigned whole = exponent >= 0 ? (unsigned)exponent + 1 : 0;
	unsigned used = 6;
	char text[6];

	write_two(text, digits / 10000);
	write_two(text + 2, digits / 100 % 100);
	write_two(text + 4, digits % 100);
	while (used > 1 && text[used - 1] == '0')
		used--;
	if (whole == 0) {
		at = write_bytes(at, "0.000", (size_t)(1 - exponent));
		return write_bytes(at, text, used);
	}
	at = write_bytes(at, text, whole);
	if (used <= whole)
		return write_literal(at, ".0");
	*at++ = '.';
	return write_bytes(at, text + whole, used - whole);
}

#define TIE_NEAR 1e-6 // far above the error of one multiplication below 10^6, which is 1e-10

// Six significant digits of a value in [1e-4, 1e6). The power of ten is exact and the product is within
// 1e-10 of the truth, so where it is not close to a tie its nearest whole number is the right one.
// @return NULL: close to a tie
static char *write_short(char *at, double value) {
	static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	const double size = fabs(value);
	int exponent = 5;
	uint32_t digits;
	double scaled;

	while (exponent > -4 && size * power[5 - exponent] < 1e5)
		exponent--;
	scaled = size * power[5 - exponent];
	digits = (uint32_t)scaled;
	scaled -= digits;
	if (fabs(scaled - 0.5) < TIE_NEAR)
		return NULL;
	digits += scaled > 0.5;
	if (digits == 1000000) {
		digits = 100000;
		exponent++;
	}
	if (exponent > 5 || digits < 100000)
		return NULL;
	if (value < 0)
		*at++ = '-';
	return write_digits(at, digits, exponent);
}

char *write_real(char *at, double value) {
	const double size = fabs(value);
	char text[40], *end = NULL;

	if (!isfinite(value))
		return write_literal(at, "null");
	if (size >= 1e15)
		return write_printed(at, value);
	if (size >= 1e6) {
		value = round(value);
		return fabs(value) < 1e15 ? write_literal(write_signed(at, (int64_t)value), ".0")
					  : write_printed(at, value);
	}
	if (size == 0)
		return signbit(value) ? write_literal(at, "-0.0") : write_literal(at, "0.0");
	if (size >= 1e-4)
		end = write_short(at, value);
	if (end != NULL)
		return end;
	snprintf(text, sizeof(text), "%.6g", value);
	return write_printed(at, strtod(text, NULL));
}

// --- times and addresses

// The civil date of a day: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days
// (2013), for days from 1970 on. Its years begin in March.
static char *write_date(char *at, uint32_t days_since_1970) {
	const uint32_t days = days_since_1970 + 719468; // since 0000-03-01
	const uint32_t era = days / 146097;
	const uint32_t day_of_era = days % 146097;
	const uint32_t year_of_era
		= (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const uint32_t day_of_year
		= day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const uint32_t march_month = (5 * day_of_year + 2) / 153;
	const uint32_t month = march_month < 10 ? march_month + 3 : march_month - 9;
	const uint32_t year = era * 400 + year_of_era + (month <= 2);

	at = write_two(at, year / 100 % 100);
	at = write_two(at, year % 100);
	*at++ = '-';
	at = write_two(at, month);
	*at++ = '-';
	return write_two(at, day_of_year - (153 * march_month + 2) / 5 + 1);
}

char *write_time(char *at, uint64_t ns) {
	const uint64_t ms = ns / 1000000;
	const uint32_t ms_of_day = (uint32_t)(ms % 86400000);
	const uint32_t s = ms_of_day / 1000, below = ms_of_day % 1000;

	at = write_date(at, (uint32_t)(ms / 86400000));
	*at++ = 'T';
	at = write_two(at, s / 3600);
	*at++ = ':';
	at = write_two(at, s / 60 % 60);
	*at++ = ':';
	at = write_two(at, s % 60);
	*at++ = '.';
	*at++ = (char)('0' + below / 100);
	at = write_two(at, below % 100);
	*at++ = 'Z';
	return at;
}

static char *write_ip4(char *at, const uint8_t bytes[static 4]) {
	for (unsigned i = 0; i < 4; i++) {
		at = write_unsigned(at, bytes[i]);
		*at++ = '.';
	}
	return at - 1;
}

static char *write_group(char *at, unsigned group) { // hexadecimal without zeros before it
	static const char hex[] = "0123456789abcdef";

	if (group >= 0x1000)
		*at++ = hex[group >> 12];
	if (group >= 0x100)
		*at++ = hex[group >> 8 & 15];
	if (group >= 0x10)
		*at++ = hex[group >> 4 & 15];
	*at++ = hex[group & 15];
	return at;
}

// The first of the longest runs of zeros, of two groups at least: RFC 5952, section 4.2.
static unsigned longest_zeros(const unsigned group[static 8], unsigned *first) {
	unsigned longest = 1, run = 0;

	for (unsigned i = 0; i < 8; i++) {
		run = group[i] == 0 ? run + 1 : 0;
		if (run > longest) {
			longest = run;
			*first = i + 1 - run;
		}
	}
	return longest > 1 ? longest : 0;
}

// As inet_ntop() has it, which writes the last 32 bits of ::a.b.c.d as an IPv4 address.
static char *write_ip6(char *at, const uint8_t bytes[static 16]) {
	unsigned group[8], first = 8, zeros, i = 0;

	for (unsigned g = 0; g < 8; g++)
		group[g] = (unsigned)bytes[2 * g] << 8 | bytes[2 * g + 1];
	zeros = longest_zeros(group, &first);
	if (first == 0 && zeros == 6)
		return write_ip4(write_literal(at, "::"), &bytes[12]);
	if (first == 0 && zeros > 0)
		*at++ = ':';
	while (i < 8) {
		if (i == first && zeros > 0) {
			*at++ = ':';
			i += zeros;
			continue;
		}
		at = write_group(at, group[i]);
		if (++i < 8)
			*at++ = ':';
	}
	return at;
}

char *write_address(char *at, const struct addr *addr, uint8_t prefix_len) {
	const bool ip4 = addr_is_ip4(addr);

	at = ip4 ? write_ip4(at, &addr->b[12]) : write_ip6(at, addr->b);
	if (prefix_len >= (ip4 ? 32 : 128))
		return at;
	*at++ = '/';
	return write_unsigned(at, prefix_len);
}

// --- strings

#define EACH_BYTE(b) (0x0101010101010101ull * (b))

// Eight bytes that JSON takes as they are: no control, no quotation mark, no backslash, all ASCII.
// "Has a byte less than": Anderson, Bit Twiddling Hacks; what it finds too much is found again by one.
static bool all_plain(uint64_t bytes) {
	const uint64_t quote = bytes ^ EACH_BYTE('"'), slash = bytes ^ EACH_BYTE('\\');
	const uint64_t odd = (bytes - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1))
		| (slash - EACH_BYTE(1)) | bytes;

	return (odd & EACH_BYTE(0x80)) == 0;
}

static char *write_escaped(char *at, unsigned char c) {
	static const char hex[] = "0123456789ABCDEF";
	static const char letter[0x20]
		= {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

	if (c >= 0x20 || letter[c] != 0) {
		*at++ = '\\';
		*at++ = c >= 0x20 ? (char)c : letter[c];
		return at;
	}
	at = write_literal(at, "\\u00");
	*at++ = hex[c >> 4];
	*at++ = hex[c & 15];
	return at;
}

// How long the character is that begins with a byte of 0x80 or more; 0: it is none. RFC 3629, table in
// section 4: no overlong form, no surrogate, nothing above U+10FFFF.
static size_t character_bytes(const unsigned char *text, size_t n) {
	const unsigned char c = text[0];
	const size_t bytes = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (bytes == 0 || bytes > n)
		return 0;
	for (size_t i = 1; i < bytes; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && text[1] < 0xa0) || (c == 0xed && text[1] > 0x9f)
	    || (c == 0xf0 && text[1] < 0x90) || (c == 0xf4 && text[1] > 0x8f))
		return 0;
	return bytes;
}

static bool is_utf8(const char *text, size_t n) {
	for (size_t i = 0; i < n;) {
		const unsigned char *c = (const unsigned char *)&text[i];
		const size_t bytes = *c < 0x80 ? 1 : character_bytes(c, n - i);

		if (bytes == 0)
			return false;
		i += bytes;
	}
	return true;
}

// From the first byte on that is no plain ASCII; `utf8`: of the whole string.
static char *write_rest(char *at, const char *text, size_t n, bool utf8) {
	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == '"' || c == '\\')
			at = write_escaped(at, c);
		else
			*at++ = c < 0x80 || utf8 ? (char)c : '?';
	}
	return at;
}

// The plain bytes at the beginning, eight at a time; the last eight may overlap those before.
static size_t write_plain(char *at, const char *text, size_t n) {
	size_t i = 0;

	while (i < n && n >= 8) {
		uint64_t bytes;

		i = i + 8 <= n ? i : n - 8;
		memcpy(&bytes, &text[i], 8);
		if (!all_plain(bytes))
			return i;
		memcpy(&at[i], &bytes, 8);
		i += 8;
	}
	return i;
}

char *write_string(char *at, const char *text, size_t max) {
	const size_t n = strnlen(text, max);
	size_t plain;

	*at++ = '"';
	plain = write_plain(at, text, n);
	at += plain;
	if (plain < n)
		at = write_rest(at, &text[plain], n - plain, is_utf8(&text[plain], n - plain));
	*at++ = '"';
	return at;
}
