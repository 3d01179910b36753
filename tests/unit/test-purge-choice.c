/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which technique for which device: the order, the reasons against, and that nothing steps down in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/media/purge-choice.h"

#define BIT(technique) MEDIA_TECHNIQUE_BIT(MEDIA_##technique)

static const struct purge_options strict = { 0 }, crypto = { .crypto_counts = true }, usb = { .through_usb = true };

static const struct {
        const char *what;
        struct media_facts facts;
        const struct purge_options *options;
        enum media_technique technique;
        enum purge_obstacle obstacle;
} cases[] = {
        { "everything NVMe has: block erase",
          { .bus = MEDIA_NVME, .techniques = BIT(NVME_SANITIZE_BLOCK) | BIT(NVME_SANITIZE_CRYPTO) | BIT(NVME_FORMAT_ERASE) },
          &crypto,
          MEDIA_NVME_SANITIZE_BLOCK,
          PURGE_POSSIBLE },
        { "crypto before overwriting flash",
          { .bus = MEDIA_NVME, .techniques = BIT(NVME_SANITIZE_OVERWRITE) | BIT(NVME_SANITIZE_CRYPTO) },
          &crypto,
          MEDIA_NVME_SANITIZE_CRYPTO,
          PURGE_POSSIBLE },
        { "crypto only where it counts",
          { .bus = MEDIA_NVME, .techniques = BIT(NVME_SANITIZE_OVERWRITE) | BIT(NVME_SANITIZE_CRYPTO) },
          &strict,
          MEDIA_NVME_SANITIZE_OVERWRITE,
          PURGE_POSSIBLE },
        { "sanitize before format",
          { .bus = MEDIA_NVME, .techniques = BIT(NVME_FORMAT_ERASE) | BIT(NVME_SANITIZE_OVERWRITE) },
          &strict,
          MEDIA_NVME_SANITIZE_OVERWRITE,
          PURGE_POSSIBLE },
        { "format erases",
          { .bus = MEDIA_NVME, .techniques = BIT(NVME_FORMAT_ERASE) | BIT(NVME_FORMAT_CRYPTO) },
          &crypto,
          MEDIA_NVME_FORMAT_ERASE,
          PURGE_POSSIBLE },
        { "crypto is all there is",
          { .bus = MEDIA_NVME, .techniques = BIT(NVME_FORMAT_CRYPTO) | BIT(NVME_SANITIZE_CRYPTO) },
          &strict,
          MEDIA_TECHNIQUE_NONE,
          PURGE_CRYPTO_ONLY },
        { "nothing at all", { .bus = MEDIA_SCSI }, &crypto, MEDIA_TECHNIQUE_NONE, PURGE_NOT_OFFERED },
        { "read-only",
          { .bus = MEDIA_NVME, .read_only = true, .techniques = BIT(NVME_SANITIZE_BLOCK) },
          &crypto,
          MEDIA_TECHNIQUE_NONE,
          PURGE_READ_ONLY },
        { "magnetic: crypto in seconds",
          { .bus = MEDIA_ATA, .rotational = true, .techniques = BIT(ATA_SANITIZE_OVERWRITE) | BIT(ATA_SANITIZE_CRYPTO) },
          &crypto,
          MEDIA_ATA_SANITIZE_CRYPTO,
          PURGE_POSSIBLE },
        { "magnetic: else hours",
          { .bus = MEDIA_ATA,
            .rotational = true,
            .techniques = BIT(ATA_SANITIZE_OVERWRITE) | BIT(ATA_SANITIZE_CRYPTO) | BIT(ATA_SECURE_ERASE_ENHANCED) },
          &strict,
          MEDIA_ATA_SANITIZE_OVERWRITE,
          PURGE_POSSIBLE },
        { "enhanced secure erase",
          { .bus = MEDIA_ATA, .techniques = BIT(ATA_SECURE_ERASE_ENHANCED) | BIT(ATA_SECURE_ERASE) },
          &strict,
          MEDIA_ATA_SECURE_ERASE_ENHANCED,
          PURGE_POSSIBLE },
        { "normal secure erase is clear",
          { .bus = MEDIA_ATA, .techniques = BIT(ATA_SECURE_ERASE) },
          &crypto,
          MEDIA_TECHNIQUE_NONE,
          PURGE_CLEAR_ONLY },
        { "frozen",
          { .bus = MEDIA_ATA, .techniques = BIT(ATA_SECURE_ERASE_ENHANCED), .security = { .frozen = true } },
          &crypto,
          MEDIA_TECHNIQUE_NONE,
          PURGE_FROZEN },
        { "frozen security leaves sanitize",
          { .bus = MEDIA_ATA,
            .techniques = BIT(ATA_SECURE_ERASE_ENHANCED) | BIT(ATA_SANITIZE_OVERWRITE),
            .security = { .frozen = true } },
          &strict,
          MEDIA_ATA_SANITIZE_OVERWRITE,
          PURGE_POSSIBLE },
        { "frozen sanitize leaves security",
          { .bus = MEDIA_ATA,
            .techniques = BIT(ATA_SECURE_ERASE_ENHANCED) | BIT(ATA_SANITIZE_OVERWRITE),
            .sanitize_frozen = true },
          &strict,
          MEDIA_ATA_SECURE_ERASE_ENHANCED,
          PURGE_POSSIBLE },
        { "both frozen",
          { .bus = MEDIA_ATA,
            .techniques = BIT(ATA_SECURE_ERASE_ENHANCED) | BIT(ATA_SANITIZE_BLOCK),
            .sanitize_frozen = true,
            .security = { .frozen = true } },
          &strict,
          MEDIA_TECHNIQUE_NONE,
          PURGE_FROZEN },
        { "locked",
          { .bus = MEDIA_ATA, .techniques = BIT(ATA_SANITIZE_BLOCK), .security = { .enabled = true, .locked = true } },
          &strict,
          MEDIA_TECHNIQUE_NONE,
          PURGE_LOCKED },
        { "locked for this power cycle",
          { .bus = MEDIA_ATA, .techniques = BIT(ATA_SANITIZE_BLOCK), .security = { .locked = true, .count_expired = true } },
          &strict,
          MEDIA_TECHNIQUE_NONE,
          PURGE_COUNT_EXPIRED },
        { "not through USB",
          { .bus = MEDIA_ATA, .usb = true, .techniques = BIT(ATA_SANITIZE_BLOCK) },
          &crypto,
          MEDIA_TECHNIQUE_NONE,
          PURGE_USB_BRIDGE },
        { "unless told to",
          { .bus = MEDIA_ATA, .usb = true, .techniques = BIT(ATA_SANITIZE_BLOCK) },
          &usb,
          MEDIA_ATA_SANITIZE_BLOCK,
          PURGE_POSSIBLE },
        { "virtual disks cannot purge",
          { .bus = MEDIA_VIRTIO, .techniques = BIT(SECURE_DISCARD) },
          &crypto,
          MEDIA_TECHNIQUE_NONE,
          PURGE_VIRTUAL },
        { "eMMC sanitize",
          { .bus = MEDIA_MMC, .techniques = BIT(MMC_SANITIZE) | BIT(MMC_SECURE_ERASE) | BIT(SECURE_DISCARD) },
          &strict,
          MEDIA_MMC_SANITIZE,
          PURGE_POSSIBLE },
        { "eMMC secure erase",
          { .bus = MEDIA_MMC, .techniques = BIT(MMC_SECURE_ERASE) | BIT(SECURE_DISCARD) },
          &strict,
          MEDIA_MMC_SECURE_ERASE,
          PURGE_POSSIBLE },
        { "secure discard elsewhere",
          { .bus = MEDIA_SCSI, .techniques = BIT(SECURE_DISCARD) },
          &strict,
          MEDIA_TECHNIQUE_NONE,
          PURGE_CLEAR_ONLY },
        { "SCSI",
          { .bus = MEDIA_SCSI, .rotational = true, .techniques = BIT(SCSI_SANITIZE_OVERWRITE) | BIT(SCSI_SANITIZE_CRYPTO) },
          &strict,
          MEDIA_SCSI_SANITIZE_OVERWRITE,
          PURGE_POSSIBLE },
};

static void the_best_technique_is_chosen_or_the_reason_given(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct purge_choice choice = purge_choose(&cases[i].facts, cases[i].options);

                if (choice.technique != cases[i].technique || choice.obstacle != cases[i].obstacle)
                        fail_msg("%s: %s, %s", cases[i].what, media_technique_name(choice.technique),
                                 purge_obstacle_name(choice.obstacle));
                assert_int_equal(choice.level, choice.technique ? MEDIA_LEVEL_PURGE : MEDIA_LEVEL_REFUSED);
        }
}

static void only_the_policy_steps_down_and_the_reason_stays(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct purge_options options = *cases[i].options;
                options.fallback_to_clear = true;
                struct purge_choice choice = purge_choose(&cases[i].facts, &options);
                bool writable = !cases[i].facts.read_only && !cases[i].facts.security.locked;

                assert_int_equal(choice.technique, cases[i].technique);
                assert_int_equal(choice.obstacle, cases[i].obstacle);
                if (choice.technique == MEDIA_TECHNIQUE_NONE)
                        assert_int_equal(choice.level, writable ? MEDIA_LEVEL_CLEAR : MEDIA_LEVEL_REFUSED);
        }
}

/* Whatever is offered and frozen: what is chosen is offered, counts, and is not frozen. */
static void no_combination_chooses_what_does_not_count(void **state)
{
        for (unsigned bus = 0; bus < MEDIA_BUS_COUNT; bus++)
                for (uint32_t techniques = 0; techniques < UINT32_C(1) << MEDIA_TECHNIQUE_COUNT; techniques += 2)
                        for (unsigned flags = 0; flags < 16; flags++) {
                                struct media_facts facts = { .bus = (enum media_bus)bus,
                                                             .techniques = techniques,
                                                             .rotational = flags & 1,
                                                             .sanitize_frozen = flags & 2,
                                                             .security.frozen = flags & 2 };
                                struct purge_options options = { .crypto_counts = flags & 4, .fallback_to_clear = flags & 8 };
                                struct purge_choice choice = purge_choose(&facts, &options);

                                if ((choice.level == MEDIA_LEVEL_PURGE) != (choice.obstacle == PURGE_POSSIBLE))
                                        fail_msg("level without obstacle: %u %x %x", bus, techniques, flags);
                                if (choice.level != MEDIA_LEVEL_PURGE)
                                        continue;
                                if (!media_offers(&facts, choice.technique) ||
                                    !purge_technique_counts(choice.technique, &facts, options.crypto_counts))
                                        fail_msg("chosen and not offered, or not a purge: %u %x %x", bus, techniques, flags);
                        }
}

static void names_are_stable_and_found_again(void **state)
{
        for (unsigned i = MEDIA_TECHNIQUE_NONE + 1; i < MEDIA_TECHNIQUE_COUNT; i++) {
                enum media_technique found = MEDIA_TECHNIQUE_NONE;

                assert_true(media_technique_from_name(media_technique_name((enum media_technique)i), &found));
                assert_int_equal(found, i);
        }
        enum media_technique untouched = MEDIA_SECURE_DISCARD;
        assert_false(media_technique_from_name("none", &untouched));
        assert_false(media_technique_from_name("", &untouched));
        assert_int_equal(untouched, MEDIA_SECURE_DISCARD);
        assert_string_equal(media_technique_name(MEDIA_TECHNIQUE_COUNT), "none");
        assert_string_equal(media_bus_name(MEDIA_BUS_COUNT), "other");
        assert_non_null(strstr(purge_obstacle_text(PURGE_FROZEN), "power-cycle"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_best_technique_is_chosen_or_the_reason_given),
                cmocka_unit_test(only_the_policy_steps_down_and_the_reason_stays),
                cmocka_unit_test(no_combination_chooses_what_does_not_count),
                cmocka_unit_test(names_are_stable_and_found_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
