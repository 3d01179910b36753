/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the image declares to be on its EFI system partition: /usr/lib/cleanslate/esp.conf, cleanslate.conf(5). Pure text over
 * (buffer, length); what follows from it is esp-rule.h's.
 *
 * A line is a path from the root of the partition and, if the contents are fixed, their SHA-256. A '/' at the end declares a
 * directory with everything in it; '*' stands for any run of bytes but '/'. Paths compare as FAT does: without regard to the
 * case of A-Z. Blanks and control bytes in a name are written \xHH, as in a manifest. '#' begins a comment line. */
#ifndef CLEANSLATE_COMMON_ESP_LIST_H
#define CLEANSLATE_COMMON_ESP_LIST_H

#include "common/base/bytes.h"
#include "common/base/err.h"

#define ESP_LIST_PATH       "/usr/lib/cleanslate/esp.conf"
#define ESP_LIST_MAX        65536u /* bytes of the text */
#define ESP_LIST_LINES_MAX  256u   /* with a path on them */
#define ESP_LIST_PATH_MAX   256u   /* bytes of one path, unescaped, the NUL included */
#define ESP_LIST_SHA256SIZE 32

/* A text that esp_list_check() has accepted; all zero: the image has none. */
struct esp_list {
        bool present;
        const char *text; /* the caller's */
        size_t size;
};

/* ERR_TOO_LARGE, ERR_ENCODING (not UTF-8), ERR_SYNTAX, ERR_RANGE (a path with "..", empty parts or a '\' other than \xHH).
 * On failure *ret_line is 1-based (0: the whole text), *ret_detail says what would be right. */
enum err esp_list_check(const char *text, size_t size, unsigned *ret_line, const char **ret_detail);

enum esp_declared { ESP_NOT_DECLARED, ESP_DECLARED, ESP_DECLARED_WITH_HASH };

/* `path`: from the root, '/' in between, none in front. One line without a hash is enough for ESP_DECLARED. */
enum esp_declared esp_list_find(const struct esp_list *list, const char *path);

/* Whether one of the lines that declare the path names this hash. */
bool esp_list_has_hash(const struct esp_list *list, const char *path, const uint8_t sha256[static ESP_LIST_SHA256SIZE]);

/* Whole-path comparison as above; `pattern` may hold '*'. */
bool esp_path_matches(const char *pattern, const char *path);
bool esp_path_equal(const char *a, const char *b); /* a '*' is a '*' */

#endif
