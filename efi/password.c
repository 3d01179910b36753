/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "efi/password.h"
#include "common/policy/console-access.h"
#include "efi/variables.h"

#define UNCOUNTED_WAIT_S 60
#define STALL_SECOND     (1000 * 1000)

/* One that is there and damaged is nobody's but a failing store's: it counts as if nothing had been wrong yet. */
static uint32_t wrong_so_far(const struct platform *platform)
{
        struct variable variable = { 0 };
        uint32_t count = 0;

        if (EFI_ERROR(variable_read_private(platform, &guid_cleanslate, WRONG_PASSWORDS_VARIABLE_NAME, &variable)))
                return 0;
        (void)wrong_passwords_decode(variable.value, variable.size, &count);
        variable_done(platform, &variable);
        return count;
}

static bool count_one_more(const struct platform *platform, uint32_t count)
{
        uint8_t encoded[WRONG_PASSWORDS_ENCODED_SIZE];

        wrong_passwords_encode(count + 1, encoded);
        return !EFI_ERROR(
                variable_store_private(platform, &guid_cleanslate, WRONG_PASSWORDS_VARIABLE_NAME, encoded, sizeof(encoded)));
}

uint32_t password_wait(const struct platform *platform)
{
        return password_wait_s(wrong_so_far(platform));
}

bool password_judge(const struct platform *platform, const struct password_hash *hash, const char *typed, size_t length,
                    uint32_t *ret_wait_s)
{
        uint32_t wrong = wrong_so_far(platform);

        if (!count_one_more(platform, wrong))
                for (int second = 0; second < UNCOUNTED_WAIT_S; second++)
                        (void)boot_services(platform)->Stall(STALL_SECOND);
        *ret_wait_s = 0;
        if (!password_matches(hash, typed, length)) {
                *ret_wait_s = password_wait_s(wrong + 1);
                return false;
        }
        (void)variable_delete(platform, &guid_cleanslate, WRONG_PASSWORDS_VARIABLE_NAME); /* if it stays, the next one waits */
        return true;
}
