/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one decision about how this boot goes on, taken in the stub from facts it gathered. Pure. */
#ifndef CLEANSLATE_COMMON_BOOT_CHOICE_H
#define CLEANSLATE_COMMON_BOOT_CHOICE_H

#include "common/policy/policy.h"
#include "common/policy/request.h"
#include "common/state/boot-trace.h"
#include "common/state/progress.h"

enum boot_mode { MODE_NORMAL, MODE_RESET, MODE_RECOVERY, MODE_BREAK_GLASS, MODE_COUNT };

enum boot_reason {
        REASON_ORDINARY,         /* nothing asked for anything else */
        REASON_REQUEST_DUE,      /* a well-formed request for this system */
        REASON_RESET_UNDER_WAY,  /* progress says a reset has begun */
        REASON_COMMAND_LINE,     /* systemd.factory_reset=1 or cleanslate.mode= on the embedded command line */
        REASON_ATTEMPTS_USED_UP, /* the reset failed or was interrupted too often */
        REASON_MENU,             /* a person chose it */
        REASON_LOADER_ENTRY,     /* LoaderEntryOneShot named it (Boot Loader Interface) */
        REASON_BOOTS_FAILED,     /* ordinary boots did not reach cleanslate-boot-ok.service too often */
        REASON_BREAK_GLASS_OFF,  /* break-glass was asked for, and the policy forbids it */
        REASON_COUNT
};

/* Defaults of cleanslate.conf; the stub knows nothing else before the image is verified. */
#define RESET_FAILURES_MAX 3  /* attempts that ended in an error */
#define RESET_ATTEMPTS_MAX 32 /* boots in all: a machine that loses power again and again is not sent to recovery early */

struct boot_choice {
        enum boot_mode mode;
        enum boot_reason reason;
};

struct boot_facts {
        enum request_state request;
        struct progress progress;         /* PHASE_IDLE if none; its counts are of the reset that this boot would go on with */
        enum progress_standing standing;  /* what it is worth, before anybody at the machine has chosen */
        bool command_line_factory_reset;  /* systemd.factory_reset=1 on the embedded, measured command line */
        enum boot_mode command_line_mode; /* cleanslate.mode= there; MODE_NORMAL if absent */
        uint32_t failures_max, attempts_max;
        struct boot_choice asked;     /* by a person in the menu or by a loader entry; MODE_NORMAL with REASON_ORDINARY if
                                         nobody asked, with REASON_MENU: to start although boots failed */
        struct boot_count boot_count; /* of ordinary boots begun since the last good one */
        uint32_t boots_max;           /* 0 = they are not counted */
        enum break_glass_policy break_glass;
        struct console_access access; /* what whoever asked may have; a running system's request needs no permission */
        bool password_given;          /* the image's password was typed in this boot */
        enum language language;       /* of the menu: cleanslate.language= on that command line; English if absent or unknown */
};

/* What somebody at the machine asked for without permission counts as not asked for; a reset that was requested or has begun goes
 * on.
 */
struct boot_choice boot_choose(const struct boot_facts *facts);

/* The image's word about a mode that somebody at the machine asks for. */
enum access boot_access(const struct boot_facts *facts, enum boot_mode mode);

/* Whether this boot would be another one with the password: then it is worth asking for. */
bool boot_needs_password(const struct boot_facts *facts);

/* Whether a person chose this mode at the machine: in our menu, or in another one by its entries and the image's profiles. */
bool boot_reason_is_person(enum boot_reason reason);

const char *boot_mode_name(enum boot_mode mode); /* "normal", "reset", "recovery", "break-glass" */
bool boot_mode_parse(const char *text, size_t length, enum boot_mode *ret);
const char *boot_reason_name(enum boot_reason reason);
bool boot_reason_parse(const char *text, size_t length, enum boot_reason *ret);

/* Finds `key` as a whole word or key=value in a kernel command line (quotes as the kernel takes them; the last one wins).
 * Returns false if absent; the value is "" for a bare word. ret may be NULL. */
bool command_line_get(const char *line, size_t length, const char *key, char *ret, size_t capacity);

/* How often command_line_get() meets the key. */
unsigned command_line_count(const char *line, size_t length, const char *key);

/* Reads the members of boot_facts that come from the command line. */
void boot_facts_read_command_line(struct boot_facts *facts, const char *line, size_t length);

#endif
