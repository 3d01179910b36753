/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/record/break-glass-trace.h"

#include "common/base/json-write.h"
#include "linux/base/cleanup.h"
#include "linux/record/record.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define NUMBERS_TRIED 10000

int break_glass_trace_read(const struct efivarfs *variables, struct break_glass_trace *ret)
{
        _cleanup_free_ void *value = NULL;
        size_t size = 0;
        int r = efivarfs_read(variables, &guid_cleanslate, BREAK_GLASS_VARIABLE_NAME, &value, &size);
        if (r == -ENOENT) {
                *ret = (struct break_glass_trace){ 0 };
                return 0;
        }
        if (r < 0)
                return r;
        return break_glass_decode(value, size, ret) == ERR_OK ? 0 : -EBADMSG;
}

int break_glass_trace_write(const struct efivarfs *variables, const struct break_glass_trace *trace)
{
        uint8_t encoded[BREAK_GLASS_ENCODED_SIZE];
        _cleanup_free_ void *stored = NULL;
        size_t size;
        break_glass_encode(trace, encoded);
        int r = efivarfs_write(variables, &guid_cleanslate, BREAK_GLASS_VARIABLE_NAME, encoded, sizeof(encoded));
        if (r == 0)
                r = efivarfs_read(variables, &guid_cleanslate, BREAK_GLASS_VARIABLE_NAME, &stored, &size);
        if (r < 0)
                return r;
        return size == sizeof(encoded) && memcmp(stored, encoded, size) == 0 ? 0 : -EIO;
}

static void encode(const struct break_glass_event *event, struct writer *writer)
{
        writer->json_style = JSON_LINES;
        json_open(writer, '{');
        json_member_text(writer, "type", "cleanslate-break-glass-1");
        json_member_number(writer, "count", event->count);
        json_member_number(writer, "writtenAt", event->at);
        json_member_text(writer, "tool", "cleanslate " CLEANSLATE_VERSION);
        json_member_text(writer, "bootId", event->boot_id);
        json_member_text(writer, "reason", event->reason);
        json_member_text(writer, "policy", break_glass_policy_name(event->policy));
        json_member_text(writer, "unseal", event->unseal);
        json_member_text(writer, "id", event->os->id);
        json_member_text(writer, "imageId", event->os->image_id);
        json_member_text(writer, "imageVersion", event->os->image_version);
        json_close(writer, '}');
        writer_char(writer, '\n');
}

/* An older trace is never written over, not even if the counter was lost. */
static int free_name(int esp_fd, uint32_t count, char ret[static 64])
{
        for (uint32_t number = count; number - count < NUMBERS_TRIED; number++) {
                char path[128];
                struct stat status;
                (void)snprintf(ret, 64, "break-glass-%u", number);
                (void)snprintf(path, sizeof(path), RECORD_DIRECTORY "/%s.json", ret);
                if (fstatat(esp_fd, path, &status, AT_SYMLINK_NOFOLLOW) < 0)
                        return errno == ENOENT ? 0 : -errno;
        }
        return -EEXIST;
}

int break_glass_record_write(int esp_fd, const struct break_glass_event *event)
{
        char text[BREAK_GLASS_RECORD_MAX], name[64];
        struct writer writer = writer_over(text, sizeof(text));
        encode(event, &writer);
        if (writer.overflow)
                return -E2BIG;
        int r = free_name(esp_fd, event->count, name);
        return r < 0 ? r : record_write(esp_fd, name, text, writer.size);
}
