// The page's frame, its text and its tables.
#include "page.h"

#include "publish/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char head[]
	= "<!DOCTYPE html>\n"
	  "<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	  // Should a text ever get past the escaping: no script runs, nothing is fetched or sent.
	  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	  "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
	  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	  "<title>weir analyze</title>\n"
	  "<style>\n"
	  ":root { color-scheme: light dark; --ground: #fff; --ink: #1b2025; --soft: #5a6470; "
	  "--rule: #d8dde2;\n"
	  "  --panel: #f5f7f9; --data: #1f6fb2; --low: #7a8594; --medium: #b7791f; --high: "
	  "#c2410c; --critical: #a3162a; }\n"
	  "@media (prefers-color-scheme: dark) { :root { --ground: #14181c; --ink: #e5e9ed; "
	  "--soft: #9aa5b1;\n"
	  "  --rule: #303942; --panel: #1b2127; --data: #5aa9e6; --low: #9aa5b1; --medium: "
	  "#e3b341; --high: #f0883e;\n"
	  "  --critical: #ff7b72; } }\n"
	  "* { box-sizing: border-box; }\n"
	  "body { margin: 0 auto; max-width: 62rem; padding: 1.8rem 1.25rem 4rem; background: "
	  "var(--ground);\n"
	  "  color: var(--ink); font: 15px/1.5 system-ui, \"DejaVu Sans\", sans-serif; }\n"
	  "h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.2rem 0 .2rem; "
	  "overflow-wrap: anywhere; }\n"
	  "h3 { font-size: 1rem; margin: 1.7rem 0 .3rem; } p { margin: .4rem 0; max-width: 48rem; "
	  "}\n"
	  ".soft { color: var(--soft); } .bad { color: var(--critical); }\n"
	  "table { border-collapse: collapse; margin: .5rem 0; font-size: .92rem; "
	  "font-variant-numeric: tabular-nums; }\n"
	  "th { text-align: left; font-weight: 600; color: var(--soft); white-space: nowrap; }\n"
	  "th, td { padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--rule); "
	  "vertical-align: top;\n"
	  "  } td { overflow-wrap: anywhere; } .n { text-align: right; white-space: nowrap; }\n"
	  ".wide { overflow-x: auto; }\n"
	  "svg { width: 100%; height: auto; display: block; margin: .3rem 0 .6rem; }\n"
	  "svg text { font: 12px system-ui, \"DejaVu Sans\", sans-serif; fill: var(--soft); }\n"
	  "svg .grid { stroke: var(--rule); } svg .data { fill: var(--data); } svg .mark { fill: "
	  "var(--critical); }\n"
	  "svg .even { stroke: var(--ink); stroke-dasharray: 4 4; }\n"
	  "svg .low { fill: var(--low); } svg .medium { fill: var(--medium); } svg .high { fill: "
	  "var(--high); }\n"
	  "svg .critical { fill: var(--critical); } svg .band { opacity: .22; }\n"
	  ".alarm { border-left: 4px solid var(--low); background: var(--panel); padding: .6rem "
	  "1rem "
	  ".8rem; margin: .8rem 0; }\n"
	  ".alarm.medium { border-color: var(--medium); } .alarm.high { border-color: var(--high); "
	  "}\n"
	  ".alarm.critical { border-color: var(--critical); } .alarm h4 { margin: 0 0 .2rem; "
	  "font-size: 1rem; overflow-wrap: anywhere; }\n"
	  ".tag { font-size: .78rem; font-weight: 600; padding: .05rem .5rem; border-radius: 1rem; "
	  "color: var(--ground);\n"
	  "  background: var(--low); margin-right: .5rem; } .tag.medium { background: "
	  "var(--medium); }\n"
	  ".tag.high { background: var(--high); } .tag.critical { background: var(--critical); }\n"
	  "summary { cursor: pointer; color: var(--soft); } a { color: var(--data); }\n"
	  "</style></head><body>\n"
	  "<h1>weir analyze</h1>\n";

bool page_open(struct page *p, const char *path) {
	*p = (struct page) {.path = path, .file = fopen(path, "we")};
	if (p->file == NULL)
		return false;
	fputs(head, p->file);
	page_html(p, "<p class=\"soft\">weir " WEIR_VERSION "</p>\n");
	return true;
}

bool page_close(struct page *p) {
	bool ok;

	fputs("</body></html>\n", p->file);
	ok = !ferror(p->file);
	return fclose(p->file) == 0 && ok;
}

void page_html(struct page *p, const char *format, ...) {
	va_list args;

	va_start(args, format);
	vfprintf(p->file, format, args);
	va_end(args);
}

void page_text(struct page *p, const char *untrusted) {
	struct text clean = {0};

	text_add_clean(&clean, untrusted);
	for (const char *c = clean.at != NULL ? clean.at : ""; *c != '\0'; c++)
		switch (*c) {
		case '&':
			fputs("&amp;", p->file);
			break;
		case '<':
			fputs("&lt;", p->file);
			break;
		case '>':
			fputs("&gt;", p->file);
			break;
		case '"':
			fputs("&quot;", p->file);
			break;
		case '\'':
			fputs("&#39;", p->file);
			break;
		default:
			fputc(*c, p->file);
		}
	free(text_take(&clean));
}

static void element(struct page *p, const char *open, const char *text, const char *close) {
	fputs(open, p->file);
	page_text(p, text);
	fputs(close, p->file);
}

void page_section(struct page *p, const char *title, const char *kind) {
	page_html(p, "<section id=\"file%u\">", ++p->n_sections);
	element(p, "<h2>", title, "</h2>\n");
	element(p, "<p class=\"soft\">", kind, "</p>\n");
}

void page_section_end(struct page *p) {
	fputs("</section>\n", p->file);
}

void page_heading(struct page *p, const char *text) {
	element(p, "<h3>", text, "</h3>\n");
}

void page_note(struct page *p, const char *text) {
	element(p, "<p>", text, "</p>\n");
}

void page_bad(struct page *p, const char *text) {
	element(p, "<p class=\"bad\">", text, "</p>\n");
}

void page_table(struct page *p) {
	fputs("<div class=\"wide\"><table>\n", p->file);
}

void page_row(struct page *p, const char *label, const char *value) {
	element(p, "<tr><th>", label, "</th>");
	element(p, "<td>", value, "</td></tr>\n");
}

void page_row_count(struct page *p, const char *label, uint64_t value) {
	char text[NUMBER_TEXT_MAX];

	element(p, "<tr><th>", label, "</th>");
	element(p, "<td class=\"n\">", count_text(value, text), "</td></tr>\n");
}

void page_table_end(struct page *p) {
	fputs("</table></div>\n", p->file);
}
