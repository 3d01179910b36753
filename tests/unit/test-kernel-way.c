/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which way the kernel is started: every shim, every outcome. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/bytes.h"
#include "common/boot/kernel-way.h"

#define KERNEL .readable = true, .placeable = true, .version = 1

static const struct {
        const char *promise;
        struct kernel_way_facts facts;
        enum kernel_way way;
        bool if_refused, if_unsupported; /* it is placed instead */
} cases[] = {
        { "nothing checks", { KERNEL }, KERNEL_WAY_LOAD_IMAGE, true, true },
        { "the firmware checks", { KERNEL, .secure_boot = true }, KERNEL_WAY_LOAD_IMAGE, true, true },
        { "an old shim would halt the machine",
          { KERNEL, .secure_boot = true, .shim = SHIM_BEFORE_16 },
          KERNEL_WAY_LOAD_IMAGE,
          false,
          false },
        { "an old shim, Secure Boot off", { KERNEL, .shim = SHIM_BEFORE_16 }, KERNEL_WAY_LOAD_IMAGE, false, false },
        { "shim 16.0 wants a signature of the kernel's own",
          { KERNEL, .secure_boot = true, .shim = SHIM_16_0 },
          KERNEL_WAY_PLACE,
          true,
          true },
        { "shim 16.0 has nothing to say with Secure Boot off", { KERNEL, .shim = SHIM_16_0 }, KERNEL_WAY_LOAD_IMAGE, true, true },
        { "shim 16.1 has the last word",
          { KERNEL, .secure_boot = true, .shim = SHIM_KNOWS_SECTIONS },
          KERNEL_WAY_LOAD_IMAGE,
          false,
          false },
        { "shim 16.1, Secure Boot off", { KERNEL, .shim = SHIM_KNOWS_SECTIONS }, KERNEL_WAY_LOAD_IMAGE, false, false },
        { "what needs relocation",
          { .readable = true, .version = 3, .secure_boot = true, .shim = SHIM_16_0 },
          KERNEL_WAY_LOAD_IMAGE,
          false,
          false },
        { "what is no PE file", { .secure_boot = true }, KERNEL_WAY_LOAD_IMAGE, false, false },
        { "before Linux 5.8", { .readable = true, .placeable = true }, KERNEL_WAY_NONE, false, false },
};

static void every_shim_has_its_way(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (kernel_way_choose(&cases[i].facts) != cases[i].way)
                        fail_msg("%s: another way", cases[i].promise);
}

static void another_way_is_tried_only_where_nobody_has_the_last_word(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                const struct kernel_way_facts *facts = &cases[i].facts;

                if (kernel_way_place_instead(facts, LOAD_REFUSED) != cases[i].if_refused)
                        fail_msg("%s: refused", cases[i].promise);
                if (kernel_way_place_instead(facts, LOAD_UNSUPPORTED) != cases[i].if_unsupported)
                        fail_msg("%s: unsupported", cases[i].promise);
                if (kernel_way_place_instead(facts, LOAD_FAILED))
                        fail_msg("%s: failed", cases[i].promise);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_shim_has_its_way),
                cmocka_unit_test(another_way_is_tried_only_where_nobody_has_the_last_word),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
