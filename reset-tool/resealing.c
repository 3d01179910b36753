/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/resealing.h"

#include "common/base/json-write.h"

static bool is_requested(const struct boot_context *context, enum reseal_verb verb)
{
        return context->reseal_requested && context->reseal_verb == verb;
}

bool resealing_is_known(const struct boot_context *context)
{
        return is_requested(context, RESEAL_VERB_PREPARE) || is_requested(context, RESEAL_VERB_CANCEL) ||
               (context->reseal != RESEAL_NONE && context->reseal != RESEAL_UNAVAILABLE);
}

void resealing_print(FILE *output, const struct boot_context *context, const char *indent)
{
        static const char *const ends[RESEAL_COUNT] = {
                [RESEAL_OVER] = "over: the copy of the volumes' key was cancelled or not used in time, and is erased",
                [RESEAL_DONE] = "done: this start has sealed the volumes to the machine as it is now",
                [RESEAL_FAILED] = "failed; journalctl -k says why",
        };
        if (is_requested(context, RESEAL_VERB_PREPARE))
                fprintf(output, "requested: the next start prepares it. Change Secure Boot's keys after that start\n");
        else if (is_requested(context, RESEAL_VERB_CANCEL))
                fprintf(output, "cancelled: the next start erases the copy of the volumes' key, if there is one\n");
        else if (context->reseal == RESEAL_READY || context->reseal == RESEAL_PREPARE)
                fprintf(output,
                        "prepared: after a change of Secure Boot's keys the next start still unlocks the volumes\n"
                        "%sstarts left: %u; until then this machine's data is protected less (cleanslate reseal --cancel)\n",
                        indent, context->reseal_starts);
        else if (ends[context->reseal])
                fprintf(output, "%s\n", ends[context->reseal]);
}

void resealing_json(struct writer *writer, const struct boot_context *context)
{
        const char *requested = is_requested(context, RESEAL_VERB_PREPARE)  ? "prepare"
                                : is_requested(context, RESEAL_VERB_CANCEL) ? "cancel"
                                                                            : NULL;
        json_open(writer, '{');
        json_member_text(writer, "state", reseal_name(context->reseal));
        json_member_number(writer, "startsLeft", context->reseal_starts);
        json_member_text(writer, "requested", requested);
        json_close(writer, '}');
}
