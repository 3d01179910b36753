/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub keeps a secret that no running system has, and gives each boot no more of it than that boot may have: whatever root
 * writes into the variables it can write, a reset that was asked for is carried out whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf16.h"
#include "common/boot/device-secret.h"
#include "common/boot/handover.h"
#include "fake-firmware.h"
#include "under-personalities.h"

#define OS_RELEASE   "ID=test\nIMAGE_ID=device\n"
#define REQUEST      "{\"osReleaseId\":\"test\",\"osReleaseImageId\":\"device\",\"bootId\":\"0123456789abcdef0123456789abcdef\"}"
#define REQUEST_NEXT "{\"osReleaseId\":\"test\",\"osReleaseImageId\":\"device\",\"bootId\":\"1123456789abcdef0123456789abcdef\"}"
#define NV_BS_RT     0x07
#define NV_BS        0x03

static void add_text(struct fake_firmware *firmware, const char *section, const char *text)
{
        fake_add_section(firmware, section, text, strlen(text));
}

static struct fake_firmware *a_machine(void)
{
        struct fake_firmware *firmware = fake_new();

        add_text(firmware, ".osrel", OS_RELEASE);
        add_text(firmware, ".cmdline", "quiet");
        add_text(firmware, ".initrd", "initrd");
        add_text(firmware, ".linux", "kernel");
        return firmware;
}

static void remove_variable(struct fake_firmware *firmware, const char *name)
{
        struct fake_variable *variable = (struct fake_variable *)fake_find_variable(firmware, &guid_cleanslate, name);

        assert_non_null(variable);
        free(variable->value);
        *variable = (struct fake_variable){ 0 };
}

static void boot(struct fake_firmware *firmware)
{
        EFI_STATUS status;

        if (firmware->kernel.started)
                fake_restart(firmware);
        assert_true(fake_run(firmware, &status));
}

static size_t utf16(const char *json, uint8_t *ret, size_t capacity)
{
        struct writer writer = writer_over(ret, capacity);

        utf16_from_utf8(json, strlen(json), &writer);
        assert_false(writer.overflow);
        return writer.size;
}

static void set_request(struct fake_firmware *firmware, const char *json)
{
        uint8_t value[1024];
        size_t size = utf16(json, value, sizeof(value));

        fake_set_variable(firmware, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, value, size);
}

static struct progress progress_of(const char *request, enum reset_phase phase, uint64_t sequence)
{
        struct progress progress = { .sequence = sequence, .phase = phase, .attempts = 1, .reset_id.bytes = { 0xab } };
        uint8_t value[1024];

        if (request)
                sha256_of_chunks(&(struct bytes){ value, utf16(request, value, sizeof(value)) }, 1, progress.request_digest);
        return progress;
}

static void set_progress(struct fake_firmware *firmware, const char *slot, const struct progress *progress,
                         const uint8_t key[static SHA256_SIZE])
{
        uint8_t encoded[PROGRESS_ENCODED_SIZE];

        progress_encode(progress, key, encoded);
        fake_set_variable(firmware, &guid_cleanslate, slot, encoded, sizeof(encoded));
}

static struct progress_keys true_keys(void)
{
        struct progress_keys keys;

        device_secret_keys(&fake_device_secret, &keys);
        return keys;
}

static struct device_secret secret_now(const struct fake_firmware *firmware)
{
        const struct fake_variable *variable = fake_find_variable(firmware, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME);
        struct device_secret secret;

        assert_non_null(variable);
        assert_int_equal(variable->attributes, NV_BS);
        assert_int_equal(device_secret_decode(variable->value, variable->size, &secret), ERR_OK);
        return secret;
}

/* A text file of the archive that the kernel was given: from these words to its end. */
static struct bytes find_text(const struct fake_firmware *firmware, const char *words)
{
        const uint8_t *end = firmware->kernel.initrd + firmware->kernel.initrd_size;
        struct bytes found = { memmem(firmware->kernel.initrd, firmware->kernel.initrd_size, words, strlen(words)), 0 };

        assert_non_null(found.data);
        while (found.data + found.size < end && found.data[found.size] != 0 &&
               memcmp(found.data + found.size, "070701", 6) != 0) /* the next file's header */
                found.size++;
        return found;
}

static struct handover handed_over(const struct fake_firmware *firmware)
{
        struct bytes text = find_text(firmware, "mode=");
        struct handover handover;

        assert_int_equal(handover_parse((const char *)text.data, text.size, &handover), ERR_OK);
        return handover;
}

static struct device_keys keys_given(const struct fake_firmware *firmware)
{
        struct bytes text = find_text(firmware, "secret=");
        struct device_keys keys;

        assert_int_equal(device_keys_parse((const char *)text.data, text.size, &keys), ERR_OK);
        return keys;
}

static void assert_standing(struct fake_firmware *firmware, enum boot_mode mode, enum progress_standing standing)
{
        assert_int_equal(handed_over(firmware).choice.mode, mode);
        assert_int_equal(handed_over(firmware).progress, standing);
}

/* -- making and keeping it -- */

static void the_first_start_makes_a_secret_that_no_system_sees(void **state)
{
        struct fake_firmware *firmware = a_machine();
        struct device_secret first;

        remove_variable(firmware, DEVICE_SECRET_VARIABLE_NAME);
        boot(firmware);
        first = secret_now(firmware);
        assert_int_equal(first.sequence_floor, 0);
        assert_memory_not_equal(first.secret, (uint8_t[SHA256_SIZE]){ 0 }, SHA256_SIZE);
        assert_null(memmem(firmware->kernel.initrd, firmware->kernel.initrd_size, first.secret, SHA256_SIZE));
        boot(firmware);
        assert_memory_equal(secret_now(firmware).secret, first.secret, SHA256_SIZE); /* kept */
        fake_done(firmware);
}

static void one_source_of_randomness_is_enough_and_none_is_said(void **state)
{
        for (int sources = 0; sources < 4; sources++) {
                struct fake_firmware *firmware = a_machine();
                bool any = sources != 0;

                remove_variable(firmware, DEVICE_SECRET_VARIABLE_NAME);
                firmware->faults.no_rng = !(sources & 1);
                firmware->faults.no_tpm_random = !(sources & 2);
                boot(firmware);
                assert_int_equal(keys_given(firmware).progress.secret_kept, any);
                assert_int_equal(strstr(firmware->console, "keeps no secret for the device") == NULL, any);
                fake_done(firmware);
        }
}

/* Whoever knows the secret beforehand could forge everything: root puts one there in the form that it can. */
static void a_secret_that_a_system_has_put_there_is_replaced(void **state)
{
        struct fake_firmware *firmware = a_machine();

        ((struct fake_variable *)fake_find_variable(firmware, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME))->attributes =
                NV_BS_RT;
        boot(firmware);
        assert_memory_not_equal(secret_now(firmware).secret, fake_device_secret.secret, SHA256_SIZE);
        fake_done(firmware);
}

static void a_store_that_takes_no_secret_costs_no_boot(void **state)
{
        struct fake_firmware *firmware = a_machine();

        remove_variable(firmware, DEVICE_SECRET_VARIABLE_NAME);
        firmware->faults.set_variable_name = DEVICE_SECRET_VARIABLE_NAME;
        firmware->faults.set_variable = EFI_OUT_OF_RESOURCES;
        boot(firmware);
        assert_false(keys_given(firmware).progress.secret_kept);
        assert_standing(firmware, MODE_NORMAL, PROGRESS_NONE);
        fake_done(firmware);
}

/* -- who is given which key -- */

static void each_boot_is_given_no_more_than_it_may_have(void **state)
{
        static const struct {
                const char *command_line;
                uint64_t floor;
                bool reset, first_boot, mark;
        } cases[] = {
                { "quiet", 0, false, true, false },
                { "quiet", 5, false, false, true },
                { "cleanslate.mode=reset", 0, true, true, false },
                { "cleanslate.mode=reset", 5, true, false, true },
                { "cleanslate.mode=recovery", 5, true, false, true },
                { "cleanslate.mode=break-glass", 5, false, false, true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct fake_firmware *firmware = fake_new();
                struct device_secret secret = fake_device_secret;
                struct progress_keys all = true_keys();
                struct device_keys given;

                secret.sequence_floor = cases[i].floor;
                fake_set_device_secret(firmware, &secret);
                add_text(firmware, ".osrel", OS_RELEASE);
                add_text(firmware, ".cmdline", cases[i].command_line);
                add_text(firmware, ".clnslt", "[BreakGlass]\nmode=allowed\n");
                add_text(firmware, ".initrd", "initrd");
                add_text(firmware, ".linux", "kernel");
                boot(firmware);
                given = keys_given(firmware);
                assert_true(given.progress.secret_kept);
                assert_int_equal(given.progress.has_reset, cases[i].reset);
                assert_int_equal(given.progress.has_first_boot, cases[i].first_boot);
                assert_int_equal(given.has_mark, cases[i].mark);
                assert_int_equal(given.progress.sequence_floor, cases[i].floor);
                assert_int_equal(handed_over(firmware).built_before, cases[i].floor > 0);
                if (cases[i].reset)
                        assert_memory_equal(given.progress.reset, all.reset, SHA256_SIZE);
                assert_null(memmem(firmware->kernel.initrd, firmware->kernel.initrd_size, secret.secret, SHA256_SIZE));
                fake_done(firmware);
        }
}

/* -- what root of the running system may write -- */

static void forged_progress_is_no_progress(void **state)
{
        static const uint8_t guessed[SHA256_SIZE] = { 0 };
        static const enum reset_phase phases[] = { PHASE_STARTED, PHASE_ERASED, PHASE_RECORDED };

        for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
                struct fake_firmware *firmware = a_machine();
                struct progress progress = progress_of(REQUEST, phases[i], 3);

                set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, guessed);
                boot(firmware);
                assert_standing(firmware, MODE_NORMAL, PROGRESS_NONE);
                assert_non_null(strstr(firmware->console, "a progress record is ignored"));
                set_request(firmware, REQUEST);
                boot(firmware);
                assert_standing(firmware, MODE_RESET, PROGRESS_NONE);

                set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().reset); /* the control */
                boot(firmware);
                assert_standing(firmware, MODE_RESET, PROGRESS_UNDER_WAY);
                fake_done(firmware);
        }
}

static void progress_of_another_request_begins_anew(void **state)
{
        struct fake_firmware *firmware = a_machine();
        struct progress progress = progress_of(REQUEST, PHASE_RECORDED, 3);

        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().reset);
        set_request(firmware, REQUEST_NEXT);
        boot(firmware);
        assert_standing(firmware, MODE_RESET, PROGRESS_SUPERSEDED);
        assert_int_equal(handed_over(firmware).choice.reason, REASON_REQUEST_DUE);
        fake_done(firmware);
}

/* What an older reset has used up is not the new one's; what the new one uses up before it has begun is. */
static void a_new_request_has_attempts_of_its_own_and_no_end_of_them(void **state)
{
        struct fake_firmware *firmware = a_machine();
        struct progress progress = progress_of(REQUEST, PHASE_STARTED, 3);

        progress.failures = progress.attempts = 99;
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().reset);
        set_request(firmware, REQUEST);
        boot(firmware);
        assert_standing(firmware, MODE_RECOVERY, PROGRESS_UNDER_WAY);
        set_request(firmware, REQUEST_NEXT);
        boot(firmware);
        assert_standing(firmware, MODE_RESET, PROGRESS_SUPERSEDED);

        /* as the initrd counts them */
        progress_count_anew(&progress, progress_of(REQUEST_NEXT, PHASE_STARTED, 0).request_digest);
        assert_int_equal(progress.attempts, 0);
        progress.attempts = RESET_ATTEMPTS_MAX - 1;
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().reset);
        boot(firmware);
        assert_standing(firmware, MODE_RESET, PROGRESS_SUPERSEDED);
        progress.attempts++;
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().reset);
        boot(firmware);
        assert_standing(firmware, MODE_RECOVERY, PROGRESS_SUPERSEDED);
        assert_int_equal(handed_over(firmware).choice.reason, REASON_ATTEMPTS_USED_UP);
        fake_done(firmware);
}

/* The first boot's key may have been found in the memory of the system that came up behind it. */
static void what_the_first_boots_key_makes_swallows_no_request(void **state)
{
        struct fake_firmware *firmware = a_machine();
        struct progress progress = progress_of(REQUEST, PHASE_RECORDED, 3);

        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().first_boot);
        set_request(firmware, REQUEST);
        boot(firmware);
        assert_standing(firmware, MODE_RESET, PROGRESS_NONE);

        progress = progress_of(REQUEST, PHASE_RECORDED, 3); /* with the digest of the very request that is due */
        progress.origin = ORIGIN_FIRST_BOOT;
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().first_boot);
        boot(firmware);
        assert_standing(firmware, MODE_RESET, PROGRESS_SUPERSEDED);
        fake_done(firmware);
}

static void the_end_of_a_reset_is_remembered_and_its_records_never_count_again(void **state)
{
        struct fake_firmware *firmware = a_machine();
        struct progress recorded = progress_of(REQUEST, PHASE_RECORDED, 7), done = progress_of(REQUEST, PHASE_DONE, 8);
        const struct progress_keys keys = true_keys();

        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &recorded, keys.reset);
        set_progress(firmware, PROGRESS_VARIABLE_NAME_1, &done, keys.reset);
        boot(firmware);
        assert_standing(firmware, MODE_NORMAL, PROGRESS_OVER);
        assert_int_equal(secret_now(firmware).sequence_floor, 8);
        assert_string_equal(firmware->console, ""); /* the step before the end is what every reset leaves in the other slot */
        struct handover handover = handed_over(firmware);
        assert_true(id128_equal(&handover.last_reset, &done.reset_id));

        /* root deletes the end, keeps the step before, and gives it a request to retire */
        remove_variable(firmware, PROGRESS_VARIABLE_NAME_1);
        set_request(firmware, REQUEST);
        boot(firmware);
        assert_standing(firmware, MODE_RESET, PROGRESS_NONE);
        assert_non_null(strstr(firmware->console, "a progress record is ignored"));
        assert_true(handed_over(firmware).built_before);

        /* or puts the end of an older one there, so that what came behind it counts again */
        done.sequence = 6;
        set_progress(firmware, PROGRESS_VARIABLE_NAME_1, &done, keys.reset);
        boot(firmware);
        assert_int_equal(secret_now(firmware).sequence_floor, 8);
        assert_standing(firmware, MODE_RESET, PROGRESS_OVER);
        fake_done(firmware);
}

static void a_forged_end_is_not_remembered(void **state)
{
        struct fake_firmware *firmware = a_machine();
        struct progress done = progress_of(NULL, PHASE_DONE, UINT64_MAX);
        struct device_secret built = fake_device_secret;

        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &done, (uint8_t[SHA256_SIZE]){ 0 });
        boot(firmware);
        assert_int_equal(secret_now(firmware).sequence_floor, 0);

        done.origin = ORIGIN_FIRST_BOOT; /* by a key that may have been found: not so as to use up the numbers of later resets */
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &done, true_keys().first_boot);
        boot(firmware);
        assert_int_equal(secret_now(firmware).sequence_floor, 0);

        done.sequence = 9;
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &done, true_keys().first_boot);
        built.sequence_floor = 5;
        fake_set_device_secret(firmware, &built);
        boot(firmware);
        assert_int_equal(secret_now(firmware).sequence_floor, 5);
        fake_set_device_secret(firmware, &fake_device_secret); /* the control: a device's own first boot */
        boot(firmware);
        assert_int_equal(secret_now(firmware).sequence_floor, 9);
        fake_done(firmware);
}

static void without_a_secret_a_reset_under_way_is_done_again_whole(void **state)
{
        struct fake_firmware *firmware = a_machine();
        struct progress progress = progress_of(REQUEST, PHASE_RECORDED, 3);

        remove_variable(firmware, DEVICE_SECRET_VARIABLE_NAME);
        firmware->faults.no_rng = firmware->faults.no_tpm_random = true;
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, (uint8_t[SHA256_SIZE]){ 0 });
        boot(firmware);
        assert_standing(firmware, MODE_RESET, PROGRESS_UNPROVEN);
        assert_non_null(strstr(firmware->console, "all of the unfinished reset is done again"));
        fake_done(firmware);
}

static void the_first_boots_key_uses_up_no_numbers(void **state)
{
        struct fake_firmware *firmware = a_machine();
        struct progress progress = progress_of(NULL, PHASE_RECORDED, UINT64_C(1) << 32);

        progress.origin = ORIGIN_FIRST_BOOT;
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().first_boot);
        boot(firmware);
        assert_standing(firmware, MODE_NORMAL, PROGRESS_NONE);
        progress.sequence--; /* the control */
        set_progress(firmware, PROGRESS_VARIABLE_NAME_0, &progress, true_keys().first_boot);
        boot(firmware);
        assert_standing(firmware, MODE_RESET, PROGRESS_UNDER_WAY);
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(the_first_start_makes_a_secret_that_no_system_sees, LACKS_RANDOM | LACKS_SECRET | LACKS_STORE),
                NEEDS(one_source_of_randomness_is_enough_and_none_is_said,
                      LACKS_CONSOLE | LACKS_SECRET | LACKS_STORE | LACKS_TPM),
                NEEDS(a_secret_that_a_system_has_put_there_is_replaced, LACKS_RANDOM | LACKS_SECRET | LACKS_STORE),
                cmocka_unit_test(a_store_that_takes_no_secret_costs_no_boot),
                NEEDS(each_boot_is_given_no_more_than_it_may_have, LACKS_SECRET | LACKS_STORE | LACKS_TPM),
                NEEDS(forged_progress_is_no_progress, LACKS_CONSOLE | LACKS_PROGRESS | LACKS_SECRET | LACKS_STORE),
                NEEDS(progress_of_another_request_begins_anew, LACKS_PROGRESS | LACKS_SECRET | LACKS_STORE),
                NEEDS(a_new_request_has_attempts_of_its_own_and_no_end_of_them, LACKS_PROGRESS | LACKS_SECRET | LACKS_STORE),
                NEEDS(what_the_first_boots_key_makes_swallows_no_request, LACKS_PROGRESS | LACKS_SECRET | LACKS_STORE),
                NEEDS(the_end_of_a_reset_is_remembered_and_its_records_never_count_again,
                      LACKS_CONSOLE | LACKS_PACE | LACKS_SILENCE),
                NEEDS(a_forged_end_is_not_remembered, LACKS_PROGRESS | LACKS_SECRET | LACKS_STORE),
                NEEDS(the_first_boots_key_uses_up_no_numbers, LACKS_PROGRESS | LACKS_SECRET | LACKS_STORE),
                NEEDS(without_a_secret_a_reset_under_way_is_done_again_whole, LACKS_CONSOLE | LACKS_PROGRESS | LACKS_STORE),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
