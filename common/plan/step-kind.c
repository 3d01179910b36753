/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/plan/step-kind.h"

static const struct step_traits kinds[STEP_COUNT] = {
#define STEP_KIND_ROW(kind, row_name, row_text, row_phase, row_act, row_view, row_duration) \
        [STEP_##kind] = { .name = (row_name),                                               \
                          .text = (row_text),                                               \
                          .phase = (row_phase),                                             \
                          .act = (row_act),                                                 \
                          .view = (row_view),                                               \
                          .duration = (row_duration) },
        STEP_KINDS(STEP_KIND_ROW)
#undef STEP_KIND_ROW
};

/* Every kind brings the reset further, so that none is ever committed as if nothing had begun. */
#define STEP_KIND_CHECK(kind, name, text, phase, ...) \
        _Static_assert((phase) > PHASE_IDLE && (phase) < PHASE_COUNT && sizeof(name) > 1 && sizeof(text) > 1, "STEP_" #kind);
STEP_KINDS(STEP_KIND_CHECK)
#undef STEP_KIND_CHECK

const struct step_traits *step_traits(enum step_kind kind)
{
        static const struct step_traits unknown = { .name = "unknown",
                                                    .text = "Doing something unknown",
                                                    .phase = PHASE_IDLE,
                                                    .act = STEP_BUILDS,
                                                    .view = VIEW_REBUILD,
                                                    .duration = DURATION_SMALL };

        return (unsigned)kind < STEP_COUNT ? &kinds[kind] : &unknown;
}

const char *step_kind_name(enum step_kind kind)
{
        return step_traits(kind)->name;
}

const char *step_kind_text(enum step_kind kind)
{
        return step_traits(kind)->text;
}
