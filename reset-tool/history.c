/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/history.h"

#include "common/base/json-write.h"
#include "linux/base/cleanup.h"
#include "linux/record/record-list.h"
#include "linux/record/record.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* An ESP is where there is a directory EFI. Automounts are followed. */
static int open_esp(const struct environment *environment, const char **ret_path)
{
        for (size_t i = 0; i < ARRAY_SIZE(environment->esp_paths); i++) {
                struct stat status;
                int fd = open(environment->esp_paths[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (fd >= 0 && fstatat(fd, "EFI", &status, 0) == 0 && S_ISDIR(status.st_mode)) {
                        *ret_path = environment->esp_paths[i];
                        return fd;
                }
                if (fd < 0 && errno == EACCES)
                        return -EACCES;
                if (fd >= 0)
                        (void)close(fd);
        }
        return -ENOENT;
}

/* Where a new record belongs among those that are there, newest first. */
static size_t place_of(const struct history *history, uint64_t written_at)
{
        size_t place = history->count;
        while (place > 0 && history->entries[place - 1].summary.written_at < written_at)
                place--;
        return place;
}

static int add_record(void *context, const char *name, const struct record_summary *summary)
{
        struct history *history = context;
        size_t place = place_of(history, summary->written_at);
        if (history->count == HISTORY_MAX) {
                history->left_out++;
                if (place == HISTORY_MAX)
                        return 0;
                history->count--;
        }
        memmove(&history->entries[place + 1], &history->entries[place], (history->count - place) * sizeof(*history->entries));
        history->entries[place].summary = *summary;
        (void)snprintf(history->entries[place].name, sizeof(history->entries[place].name), "%s", name);
        history->count++;
        return 0;
}

bool history_read(const struct environment *environment, struct history *ret, struct explanation *ret_why)
{
        struct history history = { 0 };
        const char *path = "";
        _cleanup_close_ int esp = open_esp(environment, &path);
        if (esp == -EACCES)
                return explain(ret_why, "Cannot look at the EFI system partition, where the records are: %s. Run this as root.",
                               strerror(EACCES));
        if (esp < 0)
                return explain(
                        ret_why,
                        "Cannot find the EFI system partition, where the records are: it is mounted at none of %s, %s, %s. "
                        "Mount it, for example: mount /dev/disk/by-partlabel/esp %s",
                        environment->esp_paths[0], environment->esp_paths[1], environment->esp_paths[2],
                        environment->esp_paths[0]);
        (void)snprintf(history.directory, sizeof(history.directory), "%s/" RECORD_DIRECTORY, path);
        history.entries = calloc(HISTORY_MAX, sizeof(*history.entries));
        if (!history.entries)
                return explain(ret_why, "Not enough memory.");
        int r = record_each(esp, add_record, &history);
        if (r < 0 && r != -ENOENT) {
                history_release(&history);
                return explain(ret_why, "Cannot read the records in %s: %s.", history.directory, strerror(-r));
        }
        *ret = history;
        return true;
}

void history_release(struct history *history)
{
        free(history->entries);
        history->entries = NULL;
}

const char *history_result(const struct record_summary *summary)
{
        return summary->complete ? "complete" : summary->partial ? "partial" : summary->built ? "built" : "failed";
}

static const char *or_null(const char *text)
{
        return text[0] ? text : NULL;
}

static void entry_json(struct writer *writer, const struct history_entry *entry)
{
        const struct record_summary *summary = &entry->summary;
        json_open(writer, '{');
        json_member_text(writer, "name", entry->name);
        json_member_text(writer, "result", history_result(summary));
        json_member_text(writer, "error", or_null(summary->error));
        json_member_text(writer, "resetId", or_null(summary->reset_id));
        json_member_text(writer, "origin", or_null(summary->origin));
        json_member_text(writer, "reason", or_null(summary->reason));
        json_member_text(writer, "requester", or_null(summary->requester));
        json_member_text(writer, "level", or_null(summary->level));
        json_member_number(writer, "attempts", summary->attempts);
        json_member_number(writer, "writtenAt", summary->written_at);
        json_member_number(writer, "durationMs", summary->duration_ms);
        json_member_text(writer, "factoryDigest", or_null(summary->factory_digest));
        json_close(writer, '}');
}

void history_json(struct writer *writer, const struct history *history)
{
        json_open(writer, '{');
        json_member_text(writer, "directory", history->directory);
        json_member_open(writer, "records", '[');
        for (size_t i = 0; i < history->count; i++)
                entry_json(writer, &history->entries[i]);
        json_close(writer, ']');
        json_member_number(writer, "leftOut", history->left_out);
        json_close(writer, '}');
}
