/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing JSON objects of a record, one member a line. Private to linux/record/record*. */
#ifndef CLEANSLATE_LINUX_RECORD_OBJECT_H
#define CLEANSLATE_LINUX_RECORD_OBJECT_H

#include "common/base/bytes.h"

/* Members of one JSON object, with the commas in between. */
struct object {
        struct writer *writer;
        bool filled;
};

static inline struct object object_open(struct writer *writer)
{
        writer_char(writer, '{');
        return (struct object){ .writer = writer };
}

static inline void object_key(struct object *object, const char *key)
{
        writer_text(object->writer, object->filled ? ",\n" : "\n");
        object->filled = true;
        writer_json_string(object->writer, key);
        writer_char(object->writer, ':');
}

static inline void object_text(struct object *object, const char *key, const char *value)
{
        object_key(object, key);
        writer_json_string(object->writer, value);
}

static inline void object_number(struct object *object, const char *key, uint64_t value)
{
        object_key(object, key);
        writer_decimal(object->writer, value);
}

static inline void object_hex(struct object *object, const char *key, const void *data, size_t size)
{
        object_key(object, key);
        writer_char(object->writer, '"');
        writer_hex(object->writer, data, size);
        writer_char(object->writer, '"');
}

static inline void object_close(struct object *object)
{
        writer_char(object->writer, '}');
}

static inline void object_flag(struct object *object, const char *key, bool value)
{
        object_key(object, key);
        writer_text(object->writer, value ? "true" : "false");
}

#endif
