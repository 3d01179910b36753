/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of os-release(5) that say which system this is, or which one something was meant for. */
#ifndef CLEANSLATE_COMMON_OS_IDENTITY_H
#define CLEANSLATE_COMMON_OS_IDENTITY_H

#include "common/base/err.h"
#include <stddef.h>

#define OS_FIELD_MAX 128 /* bytes including the NUL, for every os-release field */

/* The fields of os-release(5) that tell whether a request concerns us. "" = not set. */
struct os_identity {
        char id[OS_FIELD_MAX];
        char image_id[OS_FIELD_MAX];
        char version_id[OS_FIELD_MAX];
        char image_version[OS_FIELD_MAX];
};

/* Reads os-release text (shell-like KEY=value lines, quotes allowed). Unknown keys are skipped; ID defaults to "linux".
 * ERR_TOO_LARGE if a field does not fit. */
enum err os_identity_parse(const char *text, size_t size, struct os_identity *ret);

/* One field of os-release text, by the same rules; "" if it is not set. ERR_TOO_LARGE. */
enum err os_release_field(const char *text, size_t size, const char *key, char ret[static OS_FIELD_MAX]);

#endif
