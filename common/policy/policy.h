/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verified image wants: systemd-repart's definition files (repart.d(5)) and cleanslate.conf. Pure parsers over text;
 * finding and reading the files is linux/image/policy-files. */
#ifndef CLEANSLATE_COMMON_POLICY_H
#define CLEANSLATE_COMMON_POLICY_H

#include "common/base/err.h"
#include "common/base/guid.h"
#include "common/base/message.h"
#include "common/base/pbkdf2.h"
#include "common/erase/erase-outcome.h"
#include "common/format/gpt.h"
#include "common/policy/console-access.h"
#include "common/policy/definition.h"
#include "common/policy/image-form.h"
#include "common/policy/request.h"
#include "common/rules/esp-rule.h"
#include "common/rules/variable-rule.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_PARTITIONS_MAX     24    /* a bit for each in struct progress */
#define POLICY_FILE_MAX           65536 /* bytes of one definition or configuration file */
#define POLICY_DISKS_MAX          8     /* sections [Disk] */
#define POLICY_PRESERVE_RULES_MAX 8     /* sections [Keep] */
#define DISK_VALUE_MAX            128   /* bytes of what a disk is named by, the NUL included */

#define SEAL_PCRS_DEFAULT (UINT32_C(1) << 7) /* Secure Boot's state and keys, and who vouched for what was started */

enum menu_mode { MENU_HIDDEN, MENU_SHOW, MENU_OFF, MENU_MODE_COUNT };
enum break_glass_policy { BREAK_GLASS_OFF, BREAK_GLASS_ALLOWED, BREAK_GLASS_THEN_RESET, BREAK_GLASS_POLICY_COUNT };
enum unallocated_policy {
        UNALLOCATED_ERASE, /* but for the boot loader area in front of the first partition */
        UNALLOCATED_ALL,   /* the boot code in the protective MBR included */
        UNALLOCATED_LEAVE,
        UNALLOCATED_POLICY_COUNT
};
enum undeclared_policy {
        UNDECLARED_KEEP, /* named in plan, record and certificate, whose result then is no "complete" */
        UNDECLARED_ERASE,
        UNDECLARED_REFUSE, /* no reset while there is one */
        UNDECLARED_POLICY_COUNT
};
enum lookalike_policy {
        LOOKALIKES_ERASE,  /* a further partition with type and label of one that the image marks is erased with it */
        LOOKALIKES_REFUSE, /* no reset while there is one */
        LOOKALIKES_LEAVE,  /* it is undeclared like any other: a second system on the same disk, say */
        LOOKALIKES_POLICY_COUNT
};
enum root_policy { ROOT_VERITY, ROOT_SIGNED, ROOT_POLICY_COUNT };
enum bad_sectors_policy { BAD_SECTORS_FAIL, BAD_SECTORS_PARTIAL, BAD_SECTORS_COUNT };

/* An additional disk is named by where it is plugged in or by what it says of itself. Not by its GPT: that is gone after the
 * first step of a reset, and an interrupted one has to find the disk again. */
enum disk_match {
        DISK_MATCH_PATH,        /* path=/sys/devices/...: the beginning of its place in sysfs, in whole components */
        DISK_MATCH_SERIAL,      /* id=serial:TEXT: its serial number without surrounding blanks */
        DISK_MATCH_WWID,        /* id=wwid:TEXT: "eui.0025385b71b07f42", "naa.5000c500a1b2c3d4", as sysfs shows it */
        DISK_MATCH_ALL_INTERNAL /* all=internal: every disk that no other section names and that is built in */
};

enum disk_verify { DISK_VERIFY_FULL, DISK_VERIFY_SAMPLED, DISK_VERIFY_COUNT };

/* One section [Disk] of cleanslate.conf: a disk besides the one the system was started from, erased as a whole. */
struct disk_definition {
        enum disk_match match;
        char value[DISK_VALUE_MAX]; /* path, serial number or WWID; "" with DISK_MATCH_ALL_INTERNAL */
        enum erase_level level;     /* level=crypto|clear|purge, default purge; never UNSET */
        bool crypto_counts;      /* crypto-erase=yes: cryptographic erase by the device counts as purge (SP 800-88 Rev. 2, 3.2) */
        bool fall_back;          /* purge-or-fail=no: what cannot be purged is cleared, and the record says so */
        enum disk_verify verify; /* verify=full|sampled, default full */
        bool optional;           /* required=no: a disk that is not there is no reason to refuse */
        unsigned line;           /* of "[Disk]", for messages */
};

/* One section [Keep]: what a request may have outlive the reset. */
struct preserve_rule {
        char path[POLICY_PATH_MAX]; /* path=, absolute */
        bool directory;             /* type=file|directory, default file: the path itself, or what lies below it, too */
        uint32_t size_max_bytes;    /* max-size=, default 64 KiB: of all its files together */
        unsigned line;              /* of "[Keep]", for messages */
};

/* cleanslate.conf; every key has a default. Keys as in cleanslate.conf(5). The initrd reads it from the verified image, the stub
 * from the section .clnslt of its own image. */
struct settings {
        enum erase_level erase_level;    /* [Reset] erase-level=crypto|clear|purge, default UNSET = by what the partition held */
        enum tpm_clear_policy tpm_clear; /* [Reset] tpm-clear=required|try|skip, default required */
        enum { WITHOUT_TPM_REFUSE, WITHOUT_TPM_PLAIN } without_tpm; /* [Reset] without-tpm=refuse|plain, default refuse */
        char tpm_lockout_auth[POLICY_PATH_MAX]; /* [Reset] tpm-lockout-auth=PATH inside of the verified image, "" = none */
        enum unallocated_policy unallocated;    /* [Reset] unallocated=erase|all|leave, default erase */
        uint64_t boot_loader_bytes; /* [Reset] boot-loader-area=SIZE, default 1M: from the disk's beginning, never beyond the
                                       first partition: where a board may keep its boot loader; spared by unallocated=erase */
        enum undeclared_policy undeclared;   /* [Reset] undeclared-partitions=keep|erase|refuse, default keep: partitions of the
                                                boot   disk that no definition claims */
        enum lookalike_policy lookalikes;    /* [Reset] look-alikes=erase|refuse|leave, default erase */
        uint32_t failures_max;               /* [Reset] attempts=, default 3; 1..100 */
        enum erase_pattern overwrite;        /* [Reset] overwrite=zeros|keystream, default zeros: what overwriting writes */
        enum verification verify;            /* [Reset] verify=full|sampled, default full: how overwriting is read back */
        enum bad_sectors_policy bad_sectors; /* [Reset] bad-sectors=fail|partial, default fail */
        enum menu_mode menu;                 /* [Menu] mode=hidden|show|off, default hidden */
        uint32_t menu_timeout_s;       /* [Menu] timeout=, default 0 hidden, 5 shown; 0..300: how long a key is waited for */
        bool menu_timeout_set;         /* it was given */
        struct console_access access;  /* [Menu] reset=, recovery=, break-glass=allowed|password|off, default allowed */
        struct password_hash password; /* [Menu] password= */
        bool says_only_vendor_resets;  /* [Menu] if-system-does-not-start=, in so many words */
        uint32_t boots_max;            /* [Boot] attempts=, default 3; 0..100, 0 = boots are not counted */
        enum break_glass_policy break_glass;            /* [BreakGlass] mode=off|allowed|then-reset, default off */
        enum root_policy root;                          /* [Image] root=verity|signed, default verity */
        enum language language;                         /* [Display] language=en|de, default en */
        enum esp_undeclared esp_undeclared;             /* [ESP] undeclared=loaders|keep|remove, default loaders */
        bool esp_leave_free_space;                      /* [ESP] free-space=overwrite|leave, default overwrite */
        uint32_t postpone_max_s;                        /* [Schedule] max-postpone=, default 1 day; 0 = not at all */
        bool hooks_after_rebuild;                       /* [Hooks] after-rebuild=, default no */
        uint32_t warn_s;                                /* [Schedule] warn=, default 10 minutes; 0 = nobody is warned */
        uint32_t seal_pcrs;                             /* [Seal] pcrs=, default 7; bit N = PCR N, besides the signed PCR 11 */
        bool seal_recovery_key;                         /* [Seal] recovery-key=no|yes, default no */
        struct variable_policy variables;               /* [Variables] remove=, keep=, mok=keep|reset */
        struct disk_definition disks[POLICY_DISKS_MAX]; /* as they stand in the file; only the verified image's count */
        uint32_t disk_count;
        struct preserve_rule preserve_rules[POLICY_PRESERVE_RULES_MAX]; /* as they stand in the file */
        uint32_t preserve_rule_count;
};

void settings_init(struct settings *ret); /* the defaults */

/* Reads cleanslate.conf. An unknown section or key is ERR_UNKNOWN_KEY, a key given twice ERR_DUPLICATE. *settings is unchanged on
 * failure. ret_error may be NULL. */
struct policy_error;
enum err settings_read(struct settings *settings, const char *file, const char *text, size_t size,
                       struct policy_error *ret_error);

/* What [Menu] if-system-does-not-start= has to say where settings_only_vendor_can_reset(). */
#define SETTINGS_ONLY_VENDOR "only the vendor can reset this device"

/* Whether nobody at the machine can have it reset any more once its system does not start: [Menu] reset=off, or no way to the
 * menu or to the recovery page. settings_read() refuses that unless the file says so in words. */
bool settings_only_vendor_can_reset(const struct settings *settings);

/* Whether [Menu] fits together. ERR_MISSING, ERR_RANGE; *ret_key is the key of [Menu] to blame, *ret_detail what would be right.
 */
enum err settings_judge_console(const struct settings *settings, const char **ret_key, const char **ret_detail);

/* The strictest words about whoever stands at the machine: for a stub that cannot read its settings. */
void settings_forbid_console(struct settings *settings);

/* How long the menu waits for a key before it starts the default: what was set, or the mode's default. */
uint32_t settings_menu_timeout(const struct settings *settings);

struct policy {
        struct partition_definition partitions[POLICY_PARTITIONS_MAX]; /* in file name order, as added */
        size_t partition_count;
        struct settings settings;
        enum image_form form;          /* of the image it is read from; known before any definition is */
        bool factory_etc, factory_var; /* IMAGE_USR: the image has such a tree, see policy-root.h */
};

/* Where and why a file was refused. Texts are NUL-terminated and cut to fit. */
struct policy_error {
        enum err err;
        char file[160];
        unsigned line; /* 1-based; 0 = the file as a whole */
        char key[64];
        char detail[128]; /* what would be right, in words */
};

void policy_init(struct policy *ret); /* no partitions, default settings, IMAGE_ROOT */

/* The text of one file: a definition's own or a drop-in's. */
struct definition_text {
        const char *file; /* as messages are to call it: "10-var.conf", "10-var.conf.d/50-vendor.conf" */
        const char *text;
        size_t size;
};

/* Adds one definition: its own file first, then its drop-ins in the order in which they apply. A key that repart.d(5) of systemd
 * 262 does not know is an error, but for those that begin with "X-"; so is every value that systemd-repart would pass over with
 * a warning: on a device nobody reads it. Specifiers are those of `specifiers` (NULL: none). ERR_UNKNOWN_KEY, ERR_SYNTAX,
 * ERR_RANGE, ERR_MISSING (Type=), ERR_TOO_LARGE, ERR_UNSUPPORTED (FactoryReset=yes with keys that nobody can honour when
 * building; see docs/repart.md). *policy is unchanged on failure. ret_error may be NULL. */
struct specifiers;
enum err policy_add_definition(struct policy *policy, const struct definition_text *texts, size_t count,
                               const struct specifiers *specifiers, struct policy_error *ret_error);

/* The label that a definition without Label= gets: the type's name ("linux" where it has none), and from 2 on a number. */
void policy_default_label(const struct guid *type, unsigned number, char ret[static PARTITION_NAME_MAX]);

/* What only all definitions together tell: names of those that have no Label= ("-2", "-3", ... where an earlier one has it), the
 * targets of SupplementFor=, and the root file system of an image of /usr. ERR_MISSING, ERR_RANGE, ERR_UNSUPPORTED,
 * ERR_DUPLICATE, ERR_TOO_LARGE. */
enum err policy_finish_definitions(struct policy *policy, struct policy_error *ret_error);

/* The definition that SupplementFor= of this one names; -1: none. */
int policy_supplement_target(const struct policy *policy, size_t definition);

/* A definition without drop-ins or specifiers, the last one of its policy: policy_add_definition(), policy_finish_definitions().
 */
enum err policy_add_partition(struct policy *policy, const char *file, const char *text, size_t size,
                              struct policy_error *ret_error);

/* settings_read() into the policy's settings. */
enum err policy_read_settings(struct policy *policy, const char *file, const char *text, size_t size,
                              struct policy_error *ret_error);

/* The first definition whose partition a reset would keep, and take the key from: it has Encrypt=tpm2 without FactoryReset=yes,
 * and what the TPM has sealed nobody opens again behind its clear. -1: none. Whether the TPM is cleared is not asked here. */
int policy_find_kept_sealed(const struct policy *policy);

/* Whether there are files in the definition's partition: swap space has a format, and holds none. */
bool definition_has_tree(const struct partition_definition *definition);

/* Whether the place that `inner` is mounted at lies in what is mounted for `outer`; never below "/", which is not one volume
 * among others. */
bool definition_is_mounted_inside(const struct partition_definition *inner, const struct partition_definition *outer);

/* "cleanslate.conf:7: tpm-clear: is not valid (one of required, try, skip)" */
void policy_error_format(const struct policy_error *error, char *ret, size_t capacity);

const char *disk_verify_name(enum disk_verify verify); /* "full", "sampled" */

const char *break_glass_policy_name(enum break_glass_policy policy); /* "off", "allowed", "then-reset" */

/* The one that counts where two files speak: off before then-reset before allowed. */
enum break_glass_policy break_glass_stricter(enum break_glass_policy a, enum break_glass_policy b);

/* Whichever asks for more. */
enum root_policy root_policy_stricter(enum root_policy a, enum root_policy b);

#endif
