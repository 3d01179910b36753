/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Following a purge that the device does in the background; see media-purge-adapter.h. */
#include "linux/base/clock.h"
#include "linux/media/media-purge-adapter.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define PAUSE_MIN_MS   20
#define PAUSE_MAX_MS   2000
#define STUCK_MS       (UINT64_C(4) * 60 * 60 * 1000) /* a large disk advances by 1/65536 in seconds; some devices never count */
#define SILENT_MS      (UINT64_C(5) * 60 * 1000)      /* a device that resets itself is away for less */
#define PROGRESS_RANGE 65536u

void purge_say(const struct purge_run *run, const char *format, ...)
{
        char *words = run->result->words;
        const size_t capacity = sizeof(run->result->words);
        va_list arguments;
        int n = snprintf(words, capacity, "%s: ", run->path);

        if (n < 0 || (size_t)n >= capacity)
                return;
        va_start(arguments, format);
        (void)vsnprintf(words + n, capacity - (size_t)n, format, arguments);
        va_end(arguments);
}

static void advance(const struct purge_run *run, uint32_t progress)
{
        const struct meter *meter = run->meter;
        uint64_t total = run->facts->size_bytes;

        if (meter && meter->advance)
                meter->advance(meter->context, total / PROGRESS_RANGE * progress, total);
}

static int give_up(const struct purge_run *run, int error, const char *why)
{
        purge_say(run, "%s: %s; it may still be running inside the device, which keeps it up after a power cycle: try again",
                  media_technique_text(run->technique), why);
        return error;
}

int purge_follow(const struct purge_run *run, purge_poll poll)
{
        uint64_t answered = now_ms(), moved = answered;
        unsigned pause = PAUSE_MIN_MS;
        uint32_t last = UINT32_MAX;

        for (;;) {
                enum purge_state state = PURGE_RUNNING;
                uint16_t progress = 0;
                int r = poll(run, &state, &progress);
                uint64_t now = now_ms();

                if (r == 0 && state == PURGE_DONE) {
                        if (run->meter && run->meter->advance)
                                run->meter->advance(run->meter->context, run->facts->size_bytes, run->facts->size_bytes);
                        return 0;
                }
                if (r == 0 && state == PURGE_FAILED)
                        return -EIO;
                if (r == 0)
                        answered = now;
                if (r == 0 && progress != last) {
                        moved = now;
                        last = progress;
                        advance(run, progress);
                }
                if (now - answered > SILENT_MS)
                        return give_up(run, -EIO, "the device has not answered for five minutes");
                if (now - moved > STUCK_MS)
                        return give_up(run, -ETIMEDOUT, "no progress for four hours");
                pause_ms(pause);
                pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
        }
}
