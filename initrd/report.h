/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Everything the initrd says: lines on every console and in the kernel log (which the journal keeps), and the progress of a
 * reset. Owns the consoles; decides nothing. */
#ifndef CLEANSLATE_INITRD_REPORT_H
#define CLEANSLATE_INITRD_REPORT_H

#include "common/base/pace.h"
#include "common/show/progress-view.h"
#include "initrd/consoles.h"
#include "linux/base/clock.h"
#include "linux/base/meter.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_MILESTONES_MAX 16

struct report {
        struct consoles consoles;
        int kmsg_fd;
        uint64_t step_started_ms, last_line_ms; /* of the step that is being worked on */
        struct pace pace;
        struct {
                const char *name; /* static text */
                uint64_t at_ms;
        } milestones[REPORT_MILESTONES_MAX];
        size_t milestone_count;
        /* what people and programs are shown of a reset */
        enum language language;
        bool language_given; /* by the command line, which comes before the settings */
        bool as_json;        /* a line of JSON on every serial line, too */
        bool drawing;        /* screens show progress instead of lines */
        struct progress_facts facts;
        char last_line[VIEW_SPAN_MAX]; /* the last line that a screen did not get while it was drawn on */
};

/* Opens the consoles listed in /sys/class/tty/console/active. */
void report_open(struct report *report);

/* Opens the consoles anew: one that a session had as its terminal is hung up for everybody when that session ends. */
void report_reopen(struct report *report);

/* To the kernel log alone: for the journal, silent on a quiet console. */
void report_note(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* To people and to the kernel log. Prefixed with "cleanslate: ". */
void report_line(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* To people alone, as it is: page by page instead of line by line. */
void report_text(struct report *report, size_t console, const char *text, size_t size);

/* From here on screens show progress, until report_stop_drawing(): whatever a person must read or answer needs that first. */
void report_start_drawing(struct report *report);
void report_stop_drawing(struct report *report);

/* What will come; before the first report_step(). */
void report_plan(struct report *report, const struct plan *plan);

/* Announces step `step` (1-based) of `step_count`; returns its start in milliseconds of CLOCK_BOOTTIME. */
uint64_t report_step(struct report *report, size_t step, size_t step_count, enum step_kind kind, const char *object);

/* All steps are done. */
void report_finished(struct report *report);

/* A meter that prints percent, bytes, rate and time left of the present step, at most once a second. `pass` (static text) names
 * what the step is at: "overwriting", "reading back"; "" = nothing to tell apart. */
struct meter report_meter(struct report *report, const char *pass);

/* Remembers when something was reached; report_milestones() notes all of them in one line of the kernel log. */
void report_milestone(struct report *report, const char *name);
void report_milestones(struct report *report);

#endif
