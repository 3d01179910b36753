/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and texts of the error values. The names are a stable interface: they stand in records and in --json output. */
#include "common/base/err.h"
#include <stddef.h>

static const struct {
        const char *name, *text;
} table[ERR_COUNT] = {
        [ERR_OK] = { "ok", "is in order" },
        [ERR_ARGUMENT] = { "argument", "was asked for with an argument out of bounds (a defect of this program)" },
        [ERR_BUFFER_TOO_SMALL] = { "buffer-too-small", "does not fit into the room set aside for it (a defect of this program)" },
        [ERR_TRUNCATED] = { "truncated", "ends too early" },
        [ERR_TOO_LARGE] = { "too-large", "is larger than allowed" },
        [ERR_SYNTAX] = { "syntax", "is not written in the expected format" },
        [ERR_ENCODING] = { "encoding", "is not valid Unicode text" },
        [ERR_RANGE] = { "range", "is not valid" },
        [ERR_UNKNOWN_KEY] = { "unknown-key", "is not a known key" },
        [ERR_DUPLICATE] = { "duplicate", "is given more than once" },
        [ERR_MISSING] = { "missing", "lacks something mandatory" },
        [ERR_UNSUPPORTED] = { "unsupported", "asks for a feature that this version does not have" },
        [ERR_CHECKSUM] = { "checksum", "does not match its checksum" },
        [ERR_VERSION] = { "version", "was written in a format version that is not known here" },
        [ERR_NOT_FOUND] = { "not-found", "was not found" },
        [ERR_NO_SPACE] = { "no-space", "has no room left" },
};

const char *err_name(enum err err)
{
        return (unsigned)err < ERR_COUNT ? table[err].name : "unknown";
}

const char *err_text(enum err err)
{
        return (unsigned)err < ERR_COUNT ? table[err].text : "failed for an unknown reason";
}
