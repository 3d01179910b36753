/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two ways. The lockout hierarchy, in this boot. Or the firmware, in two: this one writes the request, commits that an answer is
 * awaited, and leaves; the next reads the answer and believes it only together with a changed storage hierarchy. A power cut
 * between the request and the commit costs a question too much, never a wrong belief: an answer is looked at only where one is
 * awaited, and a TPM that was cleared is simply cleared again, by the lockout hierarchy that is then usable: its proof is made in
 * one boot, whatever the firmware said. Only where that hierarchy is still out of reach does the firmware's answer count,
 * together with a storage root key that is not the one of before; or, whatever it answers, a storage root key and a ticket that
 * both are others than this reset has found first, which its authenticated progress vouches for. */
#include "initrd/steps/clear-tpm.h"

#include "linux/efi/ppi.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WHAT_TO_DO "Try again and confirm what the firmware asks, or clear the TPM in the firmware setup"

struct clearing {
        struct reset *reset;
        struct boot_context *context;
        char *detail;
        size_t detail_size;
};

#define detail_set(clearing, ...) ((void)snprintf((clearing)->detail, (clearing)->detail_size, __VA_ARGS__))

/* Where clearing is only tried, the step's detail, and so the record, says why it did not succeed. */
__attribute__((format(printf, 3, 4))) static int not_cleared(const struct clearing *clearing, int error, const char *format, ...)
{
        char why[320];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(why, sizeof(why), format, arguments);
        va_end(arguments);
        detail_set(clearing, "not cleared: %s", why);
        clearing->reset->record_tpm.way = TPM_WAY_NONE;
        if (clearing->reset->plan.tpm_clear != TPM_CLEAR_REQUIRED) {
                report_line(&clearing->context->report, "reset: the TPM was not cleared: %s", why);
                return 0;
        }
        return boot_trouble(clearing->context, error, "The TPM was not cleared: %s.", why);
}

/* What the two states of a cleared TPM tell it by. */
static const char *proof(const struct tpm_evidence *before, const struct tpm_evidence *after)
{
        return before->srk_name_size && after->srk_name_size ? "the storage root key's name changed"
                                                             : "the storage hierarchy's ticket changed";
}

static int clear_by_lockout(const struct clearing *clearing)
{
        struct reset *reset = clearing->reset;
        struct boot_context *context = clearing->context;
        bool known = reset->plan.tpm_way == TPM_WAY_LOCKOUT_KNOWN;
        int r = context->tpm ? tpm_clear(context->tpm, known ? &context->lockout_auth : NULL, &reset->tpm_now, &reset->tpm_after)
                             : -ENODEV;
        explicit_bzero(&context->lockout_auth, sizeof(context->lockout_auth));
        if (r == -EBADMSG)
                return not_cleared(clearing, r, "it says that it was, but its storage root key is the same as before");
        if (r < 0)
                return not_cleared(clearing, r, "%s",
                                   context->tpm && tpm_last_text(context->tpm)[0] ? tpm_last_text(context->tpm) : strerror(-r));
        reset->record_tpm.way = reset->plan.tpm_way;
        detail_set(clearing, "TPM2_Clear by the lockout hierarchy succeeded; %s", proof(&reset->tpm_now, &reset->tpm_after));
        return 0;
}

/* -- the firmware -- */

static int say_asked(const struct clearing *clearing, enum ppi_transition leave)
{
        struct boot_context *context = clearing->context;
        context->power_off_next = leave == PPI_TRANSITION_SHUTDOWN;
        report_stop_drawing(&context->report);
        if (context->inventory.tpm.firmware.asks_user)
                report_line(&context->report,
                            "reset: THE FIRMWARE WILL ASK TO CLEAR THE TPM: confirm it at this machine, with the key "
                            "that it names (often F12). The reset goes on by itself afterwards.");
        else
                report_line(&context->report,
                            "reset: the firmware clears the TPM during the restart; the reset goes on afterwards.");
        if (context->power_off_next)
                report_line(&context->report, "reset: switch the machine on again after it has switched itself off.");
        return -EINPROGRESS;
}

/* Where no answer of a start before this one can be proven, each start would ask anew, for ever: unless a person has it done. */
static int leave_it_to_person(const struct clearing *clearing)
{
        enum ppi_transition leave;
        clearing->reset->course.needs_person = true;
        (void)ppi_request(clearing->context->ppi_directory, 0, &leave);
        return not_cleared(clearing, -ECANCELED,
                           "the firmware was asked to at an earlier start, and keeps no proof of what came of it. " WHAT_TO_DO);
}

static int request_firmware_clear(const struct clearing *clearing)
{
        struct boot_context *context = clearing->context;
        struct course *course = &clearing->reset->course;
        enum ppi_transition leave;
        switch (course_question(course, boot_reason_is_person(context->handover.choice.reason))) {
        case QUESTION_NOT_TWICE:
                return not_cleared(clearing, -EPERM, "the firmware was asked once, to no avail");
        case QUESTION_NO_PROOF:
                return leave_it_to_person(clearing);
        case QUESTION_ASK:
                break;
        }
        int r = ppi_request(context->ppi_directory, context->inventory.tpm.firmware.operation, &leave);
        if (r < 0)
                return not_cleared(clearing, r, "the firmware does not take the request for it (%s); " WHAT_TO_DO, strerror(-r));
        course_asks_firmware(course);
        r = reset_commit(clearing->reset);
        if (r < 0) {
                course_awaits_nothing(course);
                (void)ppi_request(context->ppi_directory, 0, &leave);
                return r;
        }
        return say_asked(clearing, leave);
}

static int accept_firmware(const struct clearing *clearing)
{
        clearing->reset->record_tpm.way = TPM_WAY_FIRMWARE;
        clearing->reset->tpm_after = clearing->reset->tpm_now;
        detail_set(clearing, "the firmware cleared it (operation %u: success); the storage root key's name changed",
                   clearing->context->inventory.tpm.firmware.operation);
        return 0;
}

/* Neither this program nor an answer says so: who has done it is not known, only that it is done. What was before comes from a
 * variable whose digest the authenticated progress has, so that root of the old system cannot have made it up. */
static int accept_proof(const struct clearing *clearing)
{
        clearing->reset->record_tpm.way = TPM_WAY_FIRMWARE;
        clearing->reset->tpm_after = clearing->reset->tpm_now;
        detail_set(clearing, "it was cleared outside of this program since this reset began; the storage root key's name and the "
                             "storage hierarchy's ticket changed");
        return 0;
}

static bool is_out_of_reach(const struct reset *reset)
{
        return reset->plan.tpm_way == TPM_WAY_FIRMWARE || reset->plan.tpm_way == TPM_WAY_NONE;
}

static bool was_cleared_since(const struct reset *reset)
{
        return reset->tpm_before_known && tpm_evidence_replaced_wholly(&reset->tpm_before, &reset->tpm_now);
}

/* *ret_settled: there is nothing more to do in this boot, whatever is returned. */
static int take_answer(const struct clearing *clearing, bool *ret_settled)
{
        struct reset *reset = clearing->reset;
        struct boot_context *context = clearing->context;
        struct record_tpm *record = &reset->record_tpm;
        struct ppi_response response = { 0 };
        enum ppi_transition leave;
        uint32_t pending = 0;
        *ret_settled = true;
        course_awaits_nothing(&reset->course);
        record->operation = context->inventory.tpm.firmware.operation;
        int r = ppi_read_answer(context->ppi_directory, &pending, &response);
        record->answered = r == 0;
        record->code = response.code;
        record->answer = firmware_answer_judge(record->operation, pending, &response,
                                               tpm_evidence_replaced(&reset->tpm_before, &reset->tpm_now));
        /* a usable lockout hierarchy is what a clear leaves behind, and gives the proof within this very boot */
        bool needed = is_out_of_reach(reset);
        if (r == 0 && record->answer == FIRMWARE_CLEARED) {
                *ret_settled = needed;
                return needed ? accept_firmware(clearing) : 0;
        }
        *ret_settled = needed;
        report_line(&context->report, "reset: the firmware was asked to clear the TPM, %s",
                    r < 0 ? "and its answer cannot be read" : firmware_answer_text(record->answer));
        if (record->answer == FIRMWARE_NOT_PROCESSED)
                (void)ppi_request(context->ppi_directory, 0, &leave); /* it is asked anew, or not at all */
        if (!needed)
                return 0;
        if (was_cleared_since(reset))
                return accept_proof(clearing);
        reset->course.needs_person = true; /* the same question again, unasked for, would be no answer to a "no" */
        if (r < 0)
                return not_cleared(clearing, r, "the firmware was asked to, and its answer cannot be read (%s); " WHAT_TO_DO,
                                   strerror(-r));
        return not_cleared(clearing, -ECANCELED, "the firmware was asked to, %s. " WHAT_TO_DO,
                           firmware_answer_text(record->answer));
}

int clear_tpm(struct reset *reset, char *detail, size_t detail_size)
{
        const struct clearing clearing = {
                .reset = reset, .context = reset->context, .detail = detail, .detail_size = detail_size
        };
        if (reset->context->progress.awaiting_firmware) {
                bool settled;
                int r = take_answer(&clearing, &settled);
                if (settled)
                        return r;
        } else if (is_out_of_reach(reset) && was_cleared_since(reset)) {
                return accept_proof(&clearing);
        }
        switch (reset->plan.tpm_way) {
        case TPM_WAY_LOCKOUT_EMPTY:
        case TPM_WAY_LOCKOUT_KNOWN:
                return clear_by_lockout(&clearing);
        case TPM_WAY_FIRMWARE:
                return request_firmware_clear(&clearing);
        case TPM_WAY_NONE:
        case TPM_WAY_COUNT:
                break;
        }
        return not_cleared(&clearing, -EPERM,
                           "clearing is disabled or its authorization is not known, and the firmware offers none");
}
