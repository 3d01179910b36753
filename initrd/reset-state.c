/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/reset-state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reset *reset_new(struct boot_context *context)
{
        struct reset *reset = calloc(1, sizeof(*reset));
        if (!reset)
                return NULL;
        reset->context = context;
        reset->esp = ESP_CLOSED;
        return reset;
}

static enum course_room room_of(const struct boot_context *context)
{
        int r = efivarfs_has_room(&context->variables, PROGRESS_ROOM_TO_SPARE);
        return r == 1 ? ROOM_AMPLE : r == -ENOSPC ? ROOM_SHORT : ROOM_UNKNOWN;
}

int reset_commit(struct reset *reset)
{
        struct boot_context *context = reset->context;
        const bool is_due = course_commit_is_due(&reset->course);
        if (!is_due && !course_commit_is_worth_it(&reset->course, room_of(context))) {
                report_note(&context->report, "the firmware's variable store is short of room: phase %s is not noted there",
                            reset_phase_name(context->progress.phase));
                return 0;
        }
        int r = progress_store_commit(&context->progress_store, &context->progress);
        if (r == -ENOSPC && !is_due)
                return 0;
        return r < 0 ? boot_trouble(context, r, "The progress cannot be committed to the EFI variables: %s.", strerror(-r)) : 0;
}

void reset_erased_up_to(struct reset *reset, uint8_t device, uint64_t start_bytes, uint64_t done_bytes)
{
        /* a store that fails costs the next attempt time; at the end of the phase it is an error, if it is needed */
        if (course_flushed(&reset->course, device, start_bytes, done_bytes, now_ms()) &&
            course_point_is_worth_it(&reset->course, room_of(reset->context)))
                (void)progress_store_commit(&reset->context->progress_store, &reset->context->progress);
}

void reset_note_damage(struct reset *reset, const char *format, ...)
{
        course_note_damage(&reset->course);
        if (reset->damage[0])
                return;
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(reset->damage, sizeof(reset->damage), format, arguments);
        va_end(arguments);
}

void preserve_done(struct preserve *preserve)
{
        if (preserve->plain)
                explicit_bzero(preserve->plain, preserve->plain_size);
        free(preserve->plain);
        free(preserve->preserved.lines.data);
        *preserve = (struct preserve){ 0 };
}

void reset_free(struct reset *reset)
{
        volume_key_done(&reset->key);
        explicit_bzero(&reset->recovery, sizeof(reset->recovery));
        preserve_done(&reset->preserve);
        factory_image_done(&reset->factory);
        esp_hashes_done(&reset->context->esp_hashes);
        free(reset);
}
