/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a reset is, as people and programs are shown it: what is known, laid out on a screen of any size or as a line of JSON.
 * Draws nothing. */
#ifndef CLEANSLATE_COMMON_PROGRESS_VIEW_H
#define CLEANSLATE_COMMON_PROGRESS_VIEW_H

#include "common/base/bytes.h"
#include "common/base/message.h"
#include "common/plan/plan.h"

/* All zero before the first step. Texts are English, the caller's or static, and never NULL where they are shown. */
struct progress_facts {
        uint32_t phases_planned; /* bit N = enum view_phase N */
        enum view_phase phase;
        size_t step, step_count;          /* 1-based; 0 = not begun */
        const char *step_name;            /* as records name it; NULL = not begun */
        const char *step_text;            /* for people */
        const char *object;               /* a label or a path; "" = none */
        const char *pass;                 /* of several within the step; "" = there is one */
        uint64_t done_bytes, total_bytes; /* of the pass; total 0 = not counted in bytes */
        bool pace_known;
        uint64_t rate, left_s; /* bytes a second; of the pass */
        uint32_t permille;     /* of the whole; progress_advance() lets it grow only */
};

enum view_style { VIEW_STYLE_PLAIN, VIEW_STYLE_TITLE, VIEW_STYLE_DIM, VIEW_STYLE_ACTIVE, VIEW_STYLE_DONE, VIEW_STYLE_COUNT };

#define VIEW_SPAN_MAX  256
#define VIEW_SPANS_MAX 24

struct view_span {
        size_t row, column; /* from 0 */
        enum view_style style;
        char text[VIEW_SPAN_MAX]; /* UTF-8, one cell a character */
};

const char *view_phase_name(enum view_phase phase); /* "erase" */
uint32_t view_phases_of(const struct plan *plan);   /* as in phases_planned */

/* permille, from steps and bytes. A second pass over the same bytes does not take back what the first one has won. */
void progress_advance(struct progress_facts *facts);

/* Centred; leaves out what a small screen has no room for, the phases first. `last_line`: the last line of the log, "" = none.
 * Returns how many spans; 0 = the screen is too small for anything. */
size_t progress_view(const struct progress_facts *facts, enum language language, const char *last_line, size_t columns,
                     size_t rows, struct view_span ret[static VIEW_SPANS_MAX]);

/* One line, without its end, as docs/progress.md has it. Only `message` is in `language`. */
void progress_json(const struct progress_facts *facts, enum language language, struct writer *writer);

#endif
