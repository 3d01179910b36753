/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/resealing.h"

#include "common/base/json-write.h"

static bool is_requested(const struct machine *machine, enum reseal_verb verb)
{
        return machine->reseal_requested && machine->reseal_verb == verb;
}

bool resealing_is_known(const struct machine *machine)
{
        return is_requested(machine, RESEAL_VERB_PREPARE) || is_requested(machine, RESEAL_VERB_CANCEL) ||
               (machine->reseal != RESEAL_NONE && machine->reseal != RESEAL_UNAVAILABLE);
}

void resealing_print(FILE *output, const struct machine *machine, const char *indent)
{
        static const char *const ends[RESEAL_COUNT] = {
                [RESEAL_OVER] = "over: the copy of the volumes' key was cancelled or not used in time, and is erased",
                [RESEAL_SEALED_ANEW] = "done: this start has sealed the volumes to the machine as it is now",
                [RESEAL_FAILED] = "failed; journalctl -k says why",
        };
        if (is_requested(machine, RESEAL_VERB_PREPARE))
                fprintf(output, "requested: the next start prepares it. Change Secure Boot's keys after that start\n");
        else if (is_requested(machine, RESEAL_VERB_CANCEL))
                fprintf(output, "cancelled: the next start erases the copy of the volumes' key, if there is one\n");
        else if (machine->reseal == RESEAL_READY || machine->reseal == RESEAL_PREPARE)
                fprintf(output,
                        "prepared: after a change of Secure Boot's keys the next start unlocks the volumes all the same\n"
                        "%sstarts left: %u; until then this machine's data is protected less (cleanslate reseal --cancel)\n",
                        indent, machine->reseal_starts);
        else if (ends[machine->reseal])
                fprintf(output, "%s\n", ends[machine->reseal]);
}

void resealing_json(struct writer *writer, const struct machine *machine)
{
        const char *requested = is_requested(machine, RESEAL_VERB_PREPARE)  ? "prepare"
                                : is_requested(machine, RESEAL_VERB_CANCEL) ? "cancel"
                                                                            : NULL;
        json_open(writer, '{');
        json_member_text(writer, "state", reseal_name(machine->reseal));
        json_member_number(writer, "startsLeft", machine->reseal_starts);
        json_member_text(writer, "requested", requested);
        json_close(writer, '}');
}
