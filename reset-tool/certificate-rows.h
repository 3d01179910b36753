/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record in the order in which a person reads a certificate of sanitization (NIST SP 800-88 Rev. 2, section 4.6): headings, and
 * lines of a label and a value. Shared by the page and the terminal. Texts are the record's own and may hold anything UTF-8. */
#ifndef CLEANSLATE_RESET_TOOL_CERTIFICATE_ROWS_H
#define CLEANSLATE_RESET_TOOL_CERTIFICATE_ROWS_H

#include "reset-tool/certificate.h"

/* label NULL: `value` is a heading. */
typedef void (*certificate_visitor)(void *context, const char *label, const char *value);

/* False: the record is not JSON with an object at its root; nothing was said. */
bool certificate_rows(const struct certificate *certificate, certificate_visitor visit, void *context);

/* Its members "result" and "origin" ("" = not there, or too long to be one of ours) and "undeclaredPartitions" (0 = not there).
 */
void certificate_outcome(const struct certificate *certificate, char ret_result[static 24], char ret_origin[static 24],
                         uint64_t *ret_undeclared);

/* Whether the record as a whole is one JSON object, which may stand within another. */
bool certificate_is_json(const struct certificate *certificate);

#endif
