/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of a JSON object, as every command with --json and the service write them. `separator` comes before the key: "" or ",",
 * or whatever opens the object. */
#ifndef CLEANSLATE_RESET_TOOL_JSON_MEMBERS_H
#define CLEANSLATE_RESET_TOOL_JSON_MEMBERS_H

#include "common/base/bytes.h"
#include "common/base/guid.h"

void json_member_text(struct writer *writer, const char *separator, const char *key, const char *value); /* NULL: null */
void json_member_number(struct writer *writer, const char *separator, const char *key, uint64_t value);
void json_member_flag(struct writer *writer, const char *separator, const char *key, bool value);
void json_member_id(struct writer *writer, const char *separator, const char *key, const struct id128 *id); /* zero: null */

#endif
