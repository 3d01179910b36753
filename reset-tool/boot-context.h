/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts every command starts from: who we are, which boot this is, what the EFI variables hold. Gathers and explains; never
 * prints and never writes. */
#ifndef CLEANSLATE_RESET_TOOL_BOOT_CONTEXT_H
#define CLEANSLATE_RESET_TOOL_BOOT_CONTEXT_H

#include "common/boot/boot-choice.h"
#include "common/boot/handover.h"
#include "common/policy/request.h"
#include "common/state/boot-trace.h"
#include "common/state/progress.h"
#include "linux/efi/efivarfs.h"
#include "reset-tool/environment.h"

/* A message for a person: what failed, on what, why, what to do. */
struct explanation {
        char text[1024];
};

/* Always false, so that a check can end with it. What comes in by the arguments is made harmless for a terminal. */
__attribute__((format(printf, 2, 3))) bool explain(struct explanation *ret, const char *format, ...);

struct boot_context {
        struct efivarfs variables;
        struct os_identity os;
        struct id128 boot_id;
        enum request_state request_state;
        struct request request;   /* of a well-formed request, ours or not */
        enum err request_err;     /* why a malformed one is that */
        struct progress progress; /* as the EFI variables have it; PHASE_IDLE if none, or if it is contradicted */
        enum { PROGRESS_CLAIMED, PROGRESS_CONFIRMED, PROGRESS_CONTRADICTED } progress_proof; /* by what the stub handed down */
        struct break_glass_trace break_glass; /* all zero if the shell was never opened */
        bool break_glass_damaged;             /* its counter exists and is not one */
        bool mode_known;                      /* the stub's decision was handed down to the running system */
        enum boot_mode mode;
        struct id128 last_reset; /* whose state the device is in; zero = nobody has said */
        enum reseal reseal;      /* how far a planned one has come; RESEAL_NONE also where nobody has said */
        uint32_t reseal_starts;  /* in which what it has prepared may still be used */
        uint32_t reseal_number;  /* of the last request that was counted */
        bool reseal_requested;   /* since; by a variable that a stub could act on */
        enum reseal_verb reseal_verb;
        bool stub_is_other;                /* no stub of ours: the initrd has decided, and nothing stands for what it read */
        struct guid stub_partition;        /* the ESP that the stub was started from; zero = nobody has said */
        char stub_file[HANDOVER_FILE_MAX]; /* on it; "" = the stub does not say */
        struct guid disk_uuid;             /* GPT of the disk we were started from; zero = nobody has said */
};

/* False: *ret_why says so, nothing is open. Release with boot_context_release(). */
bool boot_context_gather(const struct environment *environment, struct boot_context *ret, struct explanation *ret_why);
void boot_context_release(struct boot_context *context);

/* A reset is being carried out, or would be by the next boot, whatever becomes of the request. */
bool reset_has_begun(const struct boot_context *context);

/* Why the request variable could not be changed (`verb`: "write" or "delete"), r = negative errno. */
void explain_variable_failure(const struct environment *environment, const char *verb, int r, struct explanation *ret);

#endif
