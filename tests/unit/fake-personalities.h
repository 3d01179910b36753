/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware as it is, for the firmware made of memory: a table of personalities, each with where its behaviour was met. While one
 * is used, every firmware that fake_new() makes has it, and keeps it through fake_restart(). */
#ifndef CLEANSLATE_TESTS_UNIT_FAKE_PERSONALITIES_H
#define CLEANSLATE_TESTS_UNIT_FAKE_PERSONALITIES_H

#include "fake-firmware.h"

/* What the running system can do about the firmware's variables. */
enum fake_system {
        SYSTEM_SEES,
        SYSTEM_IS_BLIND,         /* no variables at run time */
        SYSTEM_IS_SHOWN_NOTHING, /* of ours; it can write */
        SYSTEM_FORGETS           /* what it writes is there until the next start */
};

/* What nobody may expect of it. A test of the stub says what it cannot do without. */
enum fake_lack {
        LACKS_TPM = 1 << 0,    /* measurements that count */
        LACKS_SHA256 = 1 << 1, /* the bank of PCRs that the tests look at */
        LACKS_RANDOM = 1 << 2, /* numbers for a secret */
        LACKS_CONSOLE = 1 << 3,
        LACKS_KEYBOARD = 1 << 4,     /* nobody can choose anything */
        LACKS_PACE = 1 << 5,         /* time passes, or keys are pressed, that no test has asked for */
        LACKS_STORE = 1 << 6,        /* a place for any variable */
        LACKS_ROOM = 1 << 7,         /* a place for large variables, or many */
        LACKS_COUNT = 1 << 8,        /* the count of boots */
        LACKS_PROGRESS = 1 << 9,     /* the progress of a reset */
        LACKS_SECRET = 1 << 10,      /* the device's secret */
        LACKS_SECURE_BOOT = 1 << 11, /* to know whether it is on */
        LACKS_INTERFACE = 1 << 12,   /* the variables of the Boot Loader Interface */
        LACKS_TABLES = 1 << 13,      /* configuration tables */
        LACKS_SILENCE = 1 << 14,     /* the stub has something to say in an ordinary boot */
        LACKS_OPTIONS = 1 << 15,     /* load options that a test chooses */
        LACKS_OLD_SERVICES = 1 << 16 /* QueryVariableInfo that can be asked and believed */
};

struct fake_personality {
        const char *name;
        struct fake_faults faults;
        struct fake_keyboard_faults keyboard;
        void (*make)(struct fake_firmware *firmware); /* what the faults do not say; NULL = nothing */
        enum fake_system system;
        unsigned lacks; /* enum fake_lack */
};

#define FAKE_PERSONALITIES 48
extern const struct fake_personality fake_personalities[FAKE_PERSONALITIES]; /* the first one is the control */

/* NULL: the firmware that does everything right. */
void fake_use_personality(const struct fake_personality *personality);

#endif
