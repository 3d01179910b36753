/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a reset could not work on a machine, or would work worse than it could: facts -> findings, each with its remedy. One table
 * for the reset itself, `cleanslate preflight` and `cleanslate doctor`. Pure; linux/preflight tries, and gathers the facts. */
#ifndef CLEANSLATE_COMMON_CHECKUP_H
#define CLEANSLATE_COMMON_CHECKUP_H

#include "common/boot/firmware-keys.h"
#include "common/boot/reseal.h"
#include "common/plan/plan.h"
#include "common/policy/request.h"
#include "common/state/boot-trace.h"
#include "common/state/progress.h"

#define CHECKUP_ESP_FREE_MIN    (UINT64_C(1) << 20) /* bytes: records of several attempts; the reset's own bound */
#define CHECKUP_ESP_FREE_SCARCE (UINT64_C(4) << 20)
#define CHECKUP_BATTERY_MIN     30  /* percent; without a charger */
#define CHECKUP_MEDIUM_WORN     90  /* percent of the rated endurance */
#define CHECKUP_LOGIND_MENDED   259 /* the systemd whose logind no longer aborts on such a key (issue 39385) */
#define CHECKUP_RESULTS_MAX     64
#define CHECKUP_TEXT_MAX        512

enum check_severity {
        SEVERITY_GOOD,
        SEVERITY_UNKNOWN, /* could not be looked at, or was not */
        SEVERITY_NOTE,    /* good to know; a reset works */
        SEVERITY_WARNING, /* a reset works, but something is not as it should be */
        SEVERITY_FAILURE, /* a reset would refuse, fail, or have no effect */
        SEVERITY_COUNT
};

const char *check_severity_name(enum check_severity severity); /* "good", "unknown", "note", "warning", "failure" */

/* In the order in which they are tried and told. */
enum check {
        CHECK_BOOT,
        CHECK_ROOT,
        CHECK_POLICY,
        CHECK_DISK,
        CHECK_DISK_COPY,
        CHECK_DISK_HEALTH,
        CHECK_PLAN,
        CHECK_MANIFEST,
        CHECK_MKFS, /* and the hooks: what of the image is run */
        CHECK_FACTORY_FILES,
        CHECK_INTEGRITY,
        CHECK_ESP,
        CHECK_ESP_SPACE,
        CHECK_VARIABLE_STORE,
        CHECK_TPM,
        CHECK_TPM_CLEAR,
        CHECK_SEAL_PCRS,
        CHECK_TPM_MEASURED, /* whether what is sealed now has a chance of being unsealed later */
        CHECK_TPM_SEALING,
        CHECK_POWER,
        CHECK_SECURE_BOOT,
        CHECK_SECURE_BOOT_KEYS,
        CHECK_REQUEST,
        CHECK_PROGRESS,
        CHECK_BREAK_GLASS,
        CHECK_RESEAL,
        CHECK_CONSOLE,
        CHECK_RESET_KEY,
        CHECK_COUNT
};

/* Who looks at it. A failure of what the reset itself looks at stops it before its first step. */
enum check_scope { SCOPE_DOCTOR, SCOPE_PREFLIGHT, SCOPE_RESET };

/* What came of trying something. `detail` says why not, in words; NULL = nothing to say. */
struct check_fact {
        enum { FACT_UNTRIED, FACT_GOOD, FACT_BAD } state;
        const char *detail;
};

/* As far as it can be told without a write: each wears the firmware's flash, so the request's own is trial enough. */
enum checkup_store { STORE_UNTRIED, STORE_WRITABLE, STORE_ROOM_UNKNOWN, STORE_READ_ONLY, STORE_FULL, STORE_FORGETS };

/* Pointers are borrowed. */
struct checkup_facts {
        bool our_boot;                        /* stub and initrd have handed this boot down */
        bool stub_is_other;                   /* ... the initrd alone, which another stub has started */
        bool root_verified;                   /* the policy was read from a root under dm-verity */
        struct check_fact tried[CHECK_COUNT]; /* of those that can only be tried */
        const struct settings *settings;      /* of the policy; NULL = not known */
        const struct plan *refused_plan;      /* with refusals; NULL = not known, or none */
        const struct policy *refused_policy;
        const struct inventory *refused_inventory;
        bool esp_writable;
        uint64_t esp_free_bytes;
        enum checkup_store variables;
        bool tpm_unneeded; /* nothing is sealed by it, and nobody wants it cleared */
        const struct tpm_facts *tpm_facts;
        bool image_brings_lockout_auth;
        enum tpm_clear_policy tpm_policy;
        enum { SECURE_BOOT_UNKNOWN, SECURE_BOOT_ON, SECURE_BOOT_OFF, SECURE_BOOT_SETUP_MODE } secure_boot;
        struct firmware_keys firmware_keys;
        bool seal_pcrs_known;
        uint32_t seal_pcrs, seal_pcrs_blank; /* what keys are sealed to by value; those that the firmware measures nothing to */
        enum request_state request;
        const struct progress *progress;
        const struct media_facts *medium; /* the boot disk; bus MEDIA_OTHER and known false = nothing known */
        bool on_battery;
        uint8_t battery_percent; /* of the fullest one; 255 = unknown */
        const struct break_glass_trace *break_glass;
        bool break_glass_damaged;
        enum reseal reseal;                                                  /* of this start */
        enum { RESET_KEY_UNKNOWN, RESET_KEY_NONE, RESET_KEY_SET } reset_key; /* one of logind's is set to factory-reset */
        uint32_t systemd_version;                                            /* 252; 0 = unknown */
};

struct check_result {
        const char *name; /* "esp-space": stable, for scripts */
        enum check_severity severity;
        enum check_scope scope;
        char text[CHECKUP_TEXT_MAX]; /* what is found; cut to fit */
        const char *remedy;          /* what to do; NULL = nothing has to be done, or the text says it */
};

struct checkup {
        struct check_result results[CHECKUP_RESULTS_MAX];
        size_t count;
};

const char *check_name(enum check check); /* "esp-space" */
enum check_scope check_scope(enum check check);

/* One check's result; of a refused plan that of its first refusal. */
void checkup_judge_one(const struct checkup_facts *facts, enum check check, struct check_result *ret);

/* Every check gives a result, in the order of enum check; a refused plan gives one for each refusal. */
void checkup_judge(const struct checkup_facts *facts, struct checkup *ret);

/* Whether anything is a failure among what `scope` and those within it look at: SCOPE_DOCTOR = everything. */
bool checkup_failed(const struct checkup *checkup, enum check_scope scope);

#endif
