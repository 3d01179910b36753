/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which offers a recovery page makes; see recovery-offers.h. */
#include "common/show/recovery-offers.h"
#include "common/base/message.h"

static const char keys[OFFER_COUNT] = {
        [OFFER_RESTART] = 'r',        [OFFER_POWER_OFF] = 'p',    [OFFER_TRY_AGAIN] = 't',
        [OFFER_CANCEL_REQUEST] = 'c', [OFFER_RECOVERY_KEY] = 'k', [OFFER_RESET] = 'f',
};

/* With unknown progress it could begin a second reset on top of half of one. */
static bool reset_is_possible(const struct recovery_facts *facts)
{
        return !facts->begun && facts->progress_known && !facts->left_initrd;
}

bool recovery_offers(const struct recovery_facts *facts, enum recovery_offer offer)
{
        switch (offer) {
        case OFFER_RESTART:
        case OFFER_POWER_OFF:
                return true;
        case OFFER_TRY_AGAIN:
                return facts->begun || facts->boots_failed;
        case OFFER_CANCEL_REQUEST:
                return facts->request_due && !facts->begun;
        case OFFER_RECOVERY_KEY:
                return facts->recovery_key && !facts->begun && !facts->left_initrd;
        case OFFER_RESET:
                return reset_is_possible(facts) && facts->reset != ACCESS_OFF;
        case OFFER_NONE:
        case OFFER_COUNT:
                break;
        }
        return false;
}

const char *recovery_state_text(const struct recovery_facts *facts)
{
        if (!facts->begun)
                return N_("nothing was erased and nothing was changed on the disk.");
        if (facts->first_boot)
                return N_("the first boot has begun to build the factory state, with nothing to erase. It must be completed.");
        if (facts->phase >= PHASE_ERASED)
                return N_(
                        "the reset has begun: your old data is erased as the image's policy asks. The reset must be completed.");
        if (facts->phase >= PHASE_KEYS_DESTROYED)
                return N_("the reset has begun: the keys of your encrypted data are destroyed, but data that was not encrypted "
                          "may not be "
                          "erased yet. The reset must be completed.");
        if (facts->untouched)
                return N_("the reset has begun, but nothing is erased yet. The reset must be completed.");
        return N_("the reset has begun: your old data may be unreadable already, in part or as a whole. The reset must be "
                  "completed.");
}

bool recovery_reset_needs_password(const struct recovery_facts *facts)
{
        return facts->reset == ACCESS_PASSWORD && !facts->password_given;
}

bool recovery_reset_is_forbidden(const struct recovery_facts *facts)
{
        return reset_is_possible(facts) && facts->reset == ACCESS_OFF;
}

enum recovery_offer recovery_offer_of_key(const struct recovery_facts *facts, char key)
{
        if (key >= 'A' && key <= 'Z')
                key = (char)(key - 'A' + 'a');
        for (int offer = OFFER_NONE + 1; offer < OFFER_COUNT; offer++)
                if (keys[offer] == key && recovery_offers(facts, (enum recovery_offer)offer))
                        return (enum recovery_offer)offer;
        return OFFER_NONE;
}

char recovery_offer_key(enum recovery_offer offer)
{
        return (unsigned)offer < OFFER_COUNT ? keys[offer] : 0;
}

const char *recovery_offer_text(const struct recovery_facts *facts, enum recovery_offer offer)
{
        switch (offer) {
        case OFFER_RESTART:
                return N_("to restart");
        case OFFER_POWER_OFF:
                return N_("to power off");
        case OFFER_TRY_AGAIN:
                return facts->begun ? N_("to try the reset again") : N_("to try to start the system again");
        case OFFER_CANCEL_REQUEST:
                return N_("to cancel the reset");
        case OFFER_RECOVERY_KEY:
                return N_("to type the recovery key");
        case OFFER_RESET:
                return recovery_reset_needs_password(facts) ? N_("to restart and type the password for a factory reset")
                                                            : N_("for a factory reset");
        case OFFER_NONE:
        case OFFER_COUNT:
                break;
        }
        return "";
}
