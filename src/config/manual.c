// weir.json.5, out of the table, so that no setting is without its text.
#include "config/settings.h"

#include <stdlib.h>
#include <string.h>

#define ALLOWED_BYTES 256
#define LINE_BYTES 78

static const char head[]
	= ".\\\" Made from the table of settings (src/config/settings.c); edit that.\n"
	  ".Dd November 20, 2026\n"
	  ".Dt WEIR.JSON 5\n"
	  ".Os\n"
	  ".Sh NAME\n"
	  ".Nm weir.json\n"
	  ".Nd settings of the network anomaly sensor\n"
	  ".Sh DESCRIPTION\n"
	  "The sensor\n"
	  ".Xr weird 8\n"
	  "and\n"
	  ".Xr weir 1\n"
	  "read their settings from one file of strict JSON: an object of sections,\n"
	  "in UTF-8, without comments.\n"
	  "Every setting may be left out and then has its default.\n"
	  "A key that is not known, a key that is there twice, a value of the wrong\n"
	  "type or out of range and anything after the closing brace are errors that\n"
	  "name the file, the line and the\n"
	  "setting; the file is then not used at all.\n"
	  ".Pp\n"
	  "Relative paths are relative to the folder of the configuration file.\n"
	  ".Pp\n"
	  "A running sensor reads the file again on\n"
	  ".Dv SIGHUP\n"
	  "and on\n"
	  ".Dq weir reload .\n"
	  "Settings marked\n"
	  ".Em reload\n"
	  "change at once and without losing a packet.\n"
	  "All others wait for a restart; the sensor names those that differ.\n"
	  "A file with a mistake is refused whole, and the old settings stay.\n"
	  ".Pp\n"
	  "Settings marked\n"
	  ".Em must\n"
	  "are the ones to look at first; those marked\n"
	  ".Em leave alone\n"
	  "need no change in any installation that we know of.\n";

static const char tail[]
	= ".Sh EXAMPLES\n"
	  "One interface, events to standard output:\n"
	  ".Bd -literal -offset indent\n"
	  "{\n"
	  "  \"ports\": [{\"interface\": \"eth1\"}],\n"
	  "  \"publish\": {\"file\": \"-\"}\n"
	  "}\n"
	  ".Ed\n"
	  ".Pp\n"
	  "The same with Redis, a network that is never reported, a host with\n"
	  "thresholds of its own, and fewer alarms about floods of UDP:\n"
	  ".Bd -literal -offset indent\n"
	  "{\n"
	  "  \"sensor\": {\"name\": \"edge1\"},\n"
	  "  \"ports\": [{\"interface\": \"eth1\", \"driver\": \"af_xdp\", \"queues\": 2}],\n"
	  "  \"networks\": [\n"
	  "    {\"prefix\": \"192.0.2.0/24\", \"name\": \"backup\", \"allow\": true},\n"
	  "    {\"prefix\": \"198.51.100.7/32\", \"name\": \"www\",\n"
	  "     \"thresholds\": {\"syn_flood\": 2000, \"amplification\": 500}}\n"
	  "  ],\n"
	  "  \"detect\": {\"udp_flood\": {\"floor_per_s\": 50000}},\n"
	  "  \"publish\": {\"redis\": {\"socket\": \"/run/redis/redis-server.sock\"}}\n"
	  "}\n"
	  ".Ed\n"
	  ".Sh DIAGNOSTICS\n"
	  "Every error is one line,\n"
	  ".Dq FILE:LINE: SETTING: what is wrong; what is allowed :\n"
	  ".Bl -diag\n"
	  ".It \"weir.json:7: detect.syn_flood.floor_per_s: 12.5 is not a whole number; allowed "
	  "0..4294967295 per s\"\n"
	  "Write a number without a fraction.\n"
	  ".It \"weir.json:3: flow.capcity: no such setting; did you mean \\(dqcapacity\\(dq?\"\n"
	  "A typing error; nothing of the file is used until it is mended.\n"
	  ".It \"weir.json:9: column 3: duplicate object key near '\\(dqhost\\(dq'; a setting may "
	  "be "
	  "there once only\"\n"
	  "Join the two.\n"
	  ".It \"weir.json:4: ports[0]: needs exactly one of interface, pci, file, vdev\"\n"
	  "Say where the packets come from.\n"
	  ".El\n"
	  ".Sh SEE ALSO\n"
	  ".Xr weir 1 ,\n"
	  ".Xr weird 8\n";

// Text for roff: a backslash is its escape, and a line may not start with a dot or a quote.
static void print_escaped(FILE *out, const char *text) {
	for (bool line_start = true; *text != '\0'; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
		line_start = *text == '\n';
	}
}

// mandoc wants each sentence on a line of its own, and lines of no more than 80 bytes.
static void print_sentences(FILE *out, const char *text) {
	size_t column = 0;

	while (*text != '\0') {
		const size_t n = strcspn(text, " ");
		char word[LINE_BYTES + 1];

		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		if (column > 0 && column + 1 + n > LINE_BYTES)
			column = 0, fputc('\n', out);
		if (column > 0)
			column++, fputc(' ', out);
		print_escaped(out, word);
		column += n;
		text += n;
		if (*text == ' ' && text[-1] == '.')
			column = 0, fputc('\n', out);
		text += *text == ' ';
	}
	fputc('\n', out);
}

static void print_default(FILE *out, const struct setting *s, const struct conf *defaults) {
	char value[1024];

	if (s->of == OF_KIND)
		fputs("see\n.Sx KINDS", out);
	else if (s->type == SETTING_PORT || s->type == SETTING_PREFIX)
		fputs("none", out);
	else
		print_escaped(
			out,
			setting_text(s, setting_default_base(s, defaults), value, sizeof(value))
		);
	if (s->type == SETTING_WHOLE && s->of != OF_KIND && strcmp(s->unit, "1") != 0)
		fprintf(out, " %s", s->unit);
	fputs("\n", out);
}

static void print_setting(FILE *out, const struct setting *s, const struct conf *defaults) {
	static const char *const uses[] = {"must", "tune", "leave alone"};
	char allowed[ALLOWED_BYTES], line[ALLOWED_BYTES + 16];

	fprintf(out, ".It Cm %s\n", s->path);
	print_sentences(out, s->help);
	snprintf(line, sizeof(line), "Allowed: %s.", setting_allowed(s, allowed, sizeof(allowed)));
	fputs(".br\n", out);
	print_sentences(out, line);
	fputs(".br\nDefault: ", out);
	print_default(out, s, defaults);
	fprintf(out, ".br\n.Em %s%s\n", uses[s->use], s->reload ? ", reload" : ", restart");
}

static void print_section(FILE *out, const struct section *section, const struct conf *defaults) {
	const size_t n = strlen(section->name);

	fprintf(out, ".Ss %s\n", section->name);
	print_sentences(out, section->help);
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < settings_n; i++) {
		const char *path = settings[i].path;

		if (strncmp(path, section->name, n) == 0 && (path[n] == '.' || path[n] == '['))
			print_setting(out, &settings[i], defaults);
	}
	fputs(".El\n", out);
}

static void print_kinds(FILE *out, const struct conf *defaults) {
	const char *name;
	unsigned kind;

	fputs(".Sh KINDS\n"
	      "The kinds of alarm with the defaults of their three settings.\n"
	      ".Bl -column \"horizontal_scan\" \"enabled\" \"floor_per_s\" \"floor_ms\"\n"
	      ".It Em KIND Ta Em enabled Ta Em floor_per_s Ta Em floor_ms\n",
	      out);
	for (unsigned i = 0; (name = kind_entry(i, &kind)) != NULL; i++)
		fprintf(out,
			".It %s Ta %s Ta %u Ta %u\n",
			name,
			defaults->detect.kind[kind].enabled ? "true" : "false",
			defaults->detect.kind[kind].floor_per_s,
			defaults->detect.kind[kind].floor_ms);
	fputs(".El\n", out);
}

void config_print_man(FILE *out) {
	struct conf *defaults = malloc(sizeof(*defaults));

	if (defaults == NULL)
		return;
	conf_defaults(defaults);
	fputs(head, out);
	fputs(".Sh SETTINGS\n", out);
	for (size_t i = 0; i < sections_n; i++)
		print_section(out, &sections[i], defaults);
	print_kinds(out, defaults);
	fputs(tail, out);
	free(defaults);
}
