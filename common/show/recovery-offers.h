/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recovery page offers to a person, given what is known. Pure, so that a test sees every combination: none of them is a
 * shell, and a reset that has begun can only be finished. What the image allows nobody at the machine is not offered; trying
 * again and powering off always are. */
#ifndef CLEANSLATE_COMMON_RECOVERY_OFFERS_H
#define CLEANSLATE_COMMON_RECOVERY_OFFERS_H

#include "common/policy/console-access.h"
#include "common/state/progress.h"
#include <stdbool.h>

enum recovery_offer {
        OFFER_NONE, /* a key that means nothing here */
        OFFER_RESTART,
        OFFER_POWER_OFF,
        OFFER_TRY_AGAIN,      /* the counters start again: of the reset that has begun, or of the boots */
        OFFER_CANCEL_REQUEST, /* the request goes, then a restart */
        OFFER_RECOVERY_KEY,   /* the key is asked for, and the volumes' secret sealed to what the machine is now */
        OFFER_RESET, /* a factory reset; checked and confirmed before anything happens. Where it takes the password, only the
                        stub asks for that: then a restart into its question */
        OFFER_COUNT
};

struct recovery_facts {
        bool begun;             /* a reset, or first boot, has begun, and only that can bring a state that may be started */
        bool untouched;         /* ... in this boot, and no step of it that erases has been started */
        bool first_boot;        /* ... with nothing to erase */
        enum reset_phase phase; /* how far it has come for certain, in this boot or by progress that was proven */
        bool progress_known;    /* the firmware's variables could say whether one has */
        bool boots_failed;      /* the page is shown because ordinary boots did not finish */
        bool request_due;
        enum access reset;   /* the image's word about a reset from here */
        bool password_given; /* in this boot, to the stub */
        bool recovery_key;   /* a volume stays locked that has one */
        bool left_initrd;    /* the start-up phase was left already: the TPM is closed, nothing can be built any more */
};

bool recovery_offers(const struct recovery_facts *facts, enum recovery_offer offer);

/* What has become of the data that was there before: no more than what is known. */
const char *recovery_state_text(const struct recovery_facts *facts);

/* Whether OFFER_RESET restarts the machine into the question for the password, instead of beginning one. */
bool recovery_reset_needs_password(const struct recovery_facts *facts);

/* Whether a reset would be offered if the image did not forbid it from here. */
bool recovery_reset_is_forbidden(const struct recovery_facts *facts);

/* The offer behind a key of this page, in either case; OFFER_NONE if there is none, or not now. */
enum recovery_offer recovery_offer_of_key(const struct recovery_facts *facts, char key);

char recovery_offer_key(enum recovery_offer offer); /* 'r' */

/* "to restart", after "press r". */
const char *recovery_offer_text(const struct recovery_facts *facts, enum recovery_offer offer);

#endif
