/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/certificate-page.h"

#include "common/base/safe-text.h"
#include "linux/base/hash.h"
#include "linux/tpm/tpm.h"
#include "reset-tool/certificate-rows.h"

static const char head[] =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        "<style>\n"
        "body { font: 10pt/1.35 sans-serif; max-width: 46em; margin: 2em auto; color: #000; background: #fff; }\n"
        "h1 { font-size: 17pt; border-bottom: 2px solid #000; }\nh2 { font-size: 11pt; margin: 1.2em 0 .2em; }\n"
        "table { border-collapse: collapse; width: 100%; table-layout: fixed; }\n"
        "td { border-bottom: 1px solid #bbb; padding: .15em .5em .15em 0; vertical-align: top; overflow-wrap: anywhere; }\n"
        "td:first-child { width: 32%; color: #444; }\ntr { break-inside: avoid; }\nh2 { break-after: avoid; }\n"
        ".verdict { border: 1px solid #000; padding: .5em .8em; }\n.line { height: 2.2em; }\n"
        "@page { margin: 18mm; }\n</style>\n";

/* For persons: the machine cannot know them (NIST SP 800-88 Rev. 2, section 4.6). */
static const char persons[] = "<h2>Performed and validated by</h2>\n<table>\n"
                              "<tr class=\"line\"><td>Name, title</td><td></td></tr>\n"
                              "<tr class=\"line\"><td>Date, location</td><td></td></tr>\n"
                              "<tr class=\"line\"><td>Contact</td><td></td></tr>\n"
                              "<tr class=\"line\"><td>Signature</td><td></td></tr>\n</table>\n";

struct page {
        FILE *output;
        bool in_table;
};

static void put_text(FILE *output, const char *text)
{
        char shown[1024];
        for (text = safe_text(text, shown, sizeof(shown)); *text; text++) {
                if (*text == '<')
                        fputs("&lt;", output);
                else if (*text == '>')
                        fputs("&gt;", output);
                else if (*text == '&')
                        fputs("&amp;", output);
                else if (*text == '"')
                        fputs("&quot;", output);
                else
                        fputc(*text, output);
        }
}

static void put_row(void *context, const char *label, const char *value)
{
        struct page *page = context;
        if (!label) {
                fputs(page->in_table ? "</table>\n<h2>" : "<h2>", page->output);
                put_text(page->output, value);
                fputs("</h2>\n<table>\n", page->output);
                page->in_table = true;
                return;
        }
        fputs("<tr><td>", page->output);
        put_text(page->output, label);
        fputs("</td><td>", page->output);
        put_text(page->output, value);
        fputs("</td></tr>\n", page->output);
}

static void put_hex(struct page *page, const char *label, const uint8_t digest[static SHA256_SIZE])
{
        char text[2 * SHA256_SIZE + 1];
        struct writer writer = writer_over(text, sizeof(text));
        writer_hex(&writer, digest, SHA256_SIZE);
        put_row(page, label, text);
}

static void put_signature(struct page *page, const struct certificate *certificate)
{
        const struct bytes record = { (const uint8_t *)certificate->record, certificate->record_size };
        uint8_t digest[SHA256_SIZE];
        sha256_chunks(&record, 1, digest);
        put_row(page, NULL, "Signature of the device");
        put_row(page, "Verdict when exported", certificate_verdict_text(certificate));
        if (certificate->signature->unsigned_why[0])
                put_row(page, "Not signed because", certificate->signature->unsigned_why);
        put_hex(page, "SHA-256 of the record", digest);
        if (certificate->verification.key_pem[0])
                put_hex(page, "SHA-256 of the device's key", certificate->verification.key_digest);
}

bool certificate_page(FILE *output, const struct certificate *certificate)
{
        struct page page = { output, false };
        char title[64] = "Certificate of sanitization";
        if (!certificate_of_sanitization(certificate))
                (void)snprintf(title, sizeof(title), "Record of a %s", certificate_kind(certificate));
        fprintf(output, "%s<title>%s</title>\n</head>\n<body>\n<h1>%s</h1>\n", head, title, title);
        if (!certificate_of_sanitization(certificate))
                fputs("<p class=\"verdict\">This is no certificate of sanitization.</p>\n", output);
        fputs("<p class=\"verdict\">", output);
        put_text(output, certificate_verdict_text(certificate));
        fputs(" This page is for people; what counts are the files ", output);
        put_text(output, certificate->name);
        fputs(".json and .sig, checked by <code>cleanslate certificate verify</code>.</p>\n", output);
        if (!certificate_rows(certificate, put_row, &page))
                return false;
        put_signature(&page, certificate);
        fputs("</table>\n", output);
        fputs(persons, output);
        fputs("</body>\n</html>\n", output);
        return true;
}
