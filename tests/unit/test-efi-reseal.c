/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub's part in a planned reseal: it takes the running system's request away, counts the starts where no system reaches the
 * count, and hands out the copy's key to nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/boot/device-secret.h"
#include "common/boot/handover.h"
#include "fake-firmware.h"
#include "under-personalities.h"

#define AUTHENTICATED 0x27 /* NV|BS|RT and by a key of somebody's own */

static const struct id128 last_reset = { { 0xab, 0xcd } };

static void add_text(struct fake_firmware *firmware, const char *section, const char *text)
{
        fake_add_section(firmware, section, text, strlen(text));
}

static struct device_secret a_secret(void)
{
        struct device_secret secret = fake_device_secret;

        secret.sequence_floor = 4;
        secret.last_reset_id = last_reset;
        secret.last_origin = ORIGIN_REQUEST;
        return secret;
}

static struct fake_firmware *a_machine(const char *command_line)
{
        const struct device_secret secret = a_secret();
        struct fake_firmware *firmware = fake_new();

        fake_set_device_secret(firmware, &secret);
        add_text(firmware, ".osrel", "ID=test\nIMAGE_ID=device\n");
        add_text(firmware, ".cmdline", command_line);
        add_text(firmware, ".clnslt", "[Boot]\nattempts=0\n[BreakGlass]\nmode=allowed\n");
        add_text(firmware, ".initrd", "initrd");
        add_text(firmware, ".linux", "kernel");
        return firmware;
}

static void boot(struct fake_firmware *firmware)
{
        EFI_STATUS status;

        if (firmware->kernel.started)
                fake_restart(firmware);
        assert_true(fake_run(firmware, &status));
}

static void ask(struct fake_firmware *firmware, enum reseal_verb verb, const struct id128 *of)
{
        const struct reseal_request request = { verb, *of, { 0x5a } };
        uint8_t encoded[RESEAL_ENCODED_SIZE];

        reseal_request_encode(&request, encoded);
        fake_set_variable(firmware, &guid_cleanslate, RESEAL_VARIABLE_NAME, encoded, sizeof(encoded));
}

static bool is_asked(const struct fake_firmware *firmware)
{
        return fake_find_variable(firmware, &guid_cleanslate, RESEAL_VARIABLE_NAME) != NULL;
}

static struct device_secret secret_now(const struct fake_firmware *firmware)
{
        const struct fake_variable *variable = fake_find_variable(firmware, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME);
        struct device_secret secret;

        assert_non_null(variable);
        assert_int_equal(variable->attributes, EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS);
        assert_int_equal(device_secret_decode(variable->value, variable->size, &secret), ERR_OK);
        return secret;
}

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

/* What the start is about; the key goes with it, or does not. */
static enum reseal reseal_of(const struct fake_firmware *firmware)
{
        struct bytes text = find_text(firmware, "mode="), keys_text = find_text(firmware, "secret=");
        struct device_secret secret = secret_now(firmware);
        struct handover handover;
        struct device_keys keys;
        uint8_t key[SHA256_SIZE];

        assert_int_equal(handover_parse((const char *)text.data, text.size, &handover), ERR_OK);
        assert_int_equal(device_keys_parse((const char *)keys_text.data, keys_text.size, &keys), ERR_OK);
        assert_int_equal(keys.has_reseal, reseal_gives_key(handover.reseal));
        assert_int_equal(handover.reseal_starts, secret.reseal.starts_left);
        device_secret_reseal_key(&secret, key);
        if (keys.has_reseal)
                assert_memory_equal(keys.reseal, key, sizeof(key));
        assert_int_equal(keys.has_reseal_request, handover.reseal == RESEAL_PREPARE);
        if (keys.has_reseal_request) { /* for the initrd to judge: the stub cannot */
                assert_int_equal(keys.reseal_request[0], 0x5a);
                assert_int_equal(keys.reseal_after, secret.reseal.number - 1);
        }
        assert_int_equal(handover.reseal_number, secret.reseal.number);
        return handover.reseal;
}

static void a_request_is_taken_away_and_counted_where_no_system_sees_it(void **state)
{
        struct fake_firmware *firmware = a_machine("quiet");

        ask(firmware, RESEAL_VERB_PREPARE, &last_reset);
        boot(firmware);
        assert_false(is_asked(firmware));
        assert_int_equal(reseal_of(firmware), RESEAL_PREPARE);
        for (int start = 0; start < RESEAL_STARTS_MAX; start++) {
                boot(firmware);
                assert_int_equal(reseal_of(firmware), RESEAL_READY);
        }
        boot(firmware);
        assert_int_equal(reseal_of(firmware), RESEAL_NONE);
        assert_memory_equal(secret_now(firmware).secret, fake_device_secret.secret, SHA256_SIZE);
        assert_int_equal(secret_now(firmware).sequence_floor, 4);
        fake_done(firmware);
}

static void an_ordinary_start_is_about_nothing_and_writes_nothing(void **state)
{
        struct fake_firmware *firmware = a_machine("quiet");

        firmware->faults.set_variable_name = DEVICE_SECRET_VARIABLE_NAME;
        firmware->faults.set_variable = EFI_DEVICE_ERROR;
        boot(firmware);
        assert_int_equal(reseal_of(firmware), RESEAL_NONE);
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
}

static void a_request_of_before_the_last_reset_is_dropped(void **state)
{
        static const struct id128 older = { { 1 } }, unnamed;
        const struct id128 *const of[] = { &older, &unnamed };

        for (size_t i = 0; i < ARRAY_SIZE(of); i++) {
                struct fake_firmware *firmware = a_machine("quiet");

                ask(firmware, RESEAL_VERB_PREPARE, of[i]);
                boot(firmware);
                assert_false(is_asked(firmware));
                assert_int_equal(reseal_of(firmware), RESEAL_NONE);
                fake_done(firmware);
        }
}

static void a_request_in_the_session_of_the_first_boot_counts(void **state)
{
        static const struct id128 unnamed;
        struct device_secret secret = a_secret();
        struct fake_firmware *firmware = a_machine("quiet");

        secret.last_origin = ORIGIN_FIRST_BOOT;
        fake_set_device_secret(firmware, &secret);
        ask(firmware, RESEAL_VERB_PREPARE, &unnamed);
        boot(firmware);
        assert_int_equal(reseal_of(firmware), RESEAL_PREPARE);
        fake_done(firmware);
}

static void what_is_no_request_of_ours_is_not_acted_on(void **state)
{
        struct fake_firmware *firmware = a_machine("quiet");

        fake_set_variable(firmware, &guid_cleanslate, RESEAL_VARIABLE_NAME, "\1\1", 2);
        boot(firmware);
        assert_false(is_asked(firmware));
        assert_int_equal(reseal_of(firmware), RESEAL_NONE);
        ask(firmware, RESEAL_VERB_PREPARE, &last_reset);
        ((struct fake_variable *)fake_find_variable(firmware, &guid_cleanslate, RESEAL_VARIABLE_NAME))->attributes =
                AUTHENTICATED;
        boot(firmware);
        assert_int_equal(reseal_of(firmware), RESEAL_NONE);
        fake_done(firmware);
}

/* Otherwise it would ask again in every start. */
static void a_request_that_cannot_be_removed_does_not_ask(void **state)
{
        struct fake_firmware *firmware = a_machine("quiet");

        ask(firmware, RESEAL_VERB_PREPARE, &last_reset);
        firmware->faults.set_variable_name = RESEAL_VARIABLE_NAME;
        firmware->faults.set_variable = EFI_WRITE_PROTECTED;
        boot(firmware);
        assert_int_equal(reseal_of(firmware), RESEAL_NONE);
        fake_done(firmware);
}

/* Otherwise a start could be had as often as somebody likes. */
static void no_key_is_given_for_a_start_that_is_not_counted(void **state)
{
        struct fake_firmware *firmware = a_machine("quiet");
        struct device_secret before;

        ask(firmware, RESEAL_VERB_PREPARE, &last_reset);
        boot(firmware);
        before = secret_now(firmware);
        firmware->faults.set_variable_name = DEVICE_SECRET_VARIABLE_NAME;
        firmware->faults.set_variable = EFI_DEVICE_ERROR;
        boot(firmware);
        assert_int_equal(secret_now(firmware).reseal.starts_left, before.reseal.starts_left);
        assert_int_equal(reseal_of(firmware), RESEAL_FAILED);
        ask(firmware, RESEAL_VERB_PREPARE, &last_reset); /* nor is the number one that the next request is not judged by */
        boot(firmware);
        assert_int_equal(secret_now(firmware).reseal.number, before.reseal.number);
        assert_int_equal(reseal_of(firmware), RESEAL_FAILED);
        fake_done(firmware);
}

/* It may be refused yet, and the change may have been made. What it has destroyed is over by its record. */
static void a_reset_that_has_destroyed_nothing_yet_leaves_what_was_prepared(void **state)
{
        static const enum reseal_verb verbs[] = { RESEAL_VERB_PREPARE, RESEAL_VERB_DONE };

        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
                struct fake_firmware *firmware = a_machine("cleanslate.mode=reset");
                struct device_secret secret = a_secret();

                secret.reseal = (struct reseal_state){ .number = 3, .starts_left = 2 };
                fake_set_device_secret(firmware, &secret);
                ask(firmware, verbs[i], &last_reset);
                boot(firmware);
                assert_true(is_asked(firmware)); /* for the next ordinary start */
                assert_int_equal(reseal_of(firmware), RESEAL_NONE);
                assert_int_equal(secret_now(firmware).reseal.number, 3);
                assert_int_equal(secret_now(firmware).reseal.starts_left, 2);
                fake_done(firmware);
        }
}

static void recovery_and_break_glass_are_given_no_key(void **state)
{
        static const char *const command_lines[] = { "cleanslate.mode=recovery", "cleanslate.mode=break-glass" };

        for (size_t i = 0; i < ARRAY_SIZE(command_lines); i++) {
                struct fake_firmware *firmware = a_machine(command_lines[i]);
                struct device_secret secret = a_secret();

                secret.reseal = (struct reseal_state){ .number = 3, .starts_left = 2 };
                fake_set_device_secret(firmware, &secret);
                boot(firmware);
                struct bytes keys_text = find_text(firmware, "secret=");
                struct device_keys keys;
                assert_int_equal(device_keys_parse((const char *)keys_text.data, keys_text.size, &keys), ERR_OK);
                assert_false(keys.has_reseal);
                assert_int_equal(secret_now(firmware).reseal.starts_left, 2);
                fake_done(firmware);
        }
}

static void a_cancelled_one_gets_no_key_any_more(void **state)
{
        struct fake_firmware *firmware = a_machine("quiet");

        ask(firmware, RESEAL_VERB_PREPARE, &last_reset);
        boot(firmware);
        ask(firmware, RESEAL_VERB_CANCEL, &last_reset);
        boot(firmware);
        assert_int_equal(reseal_of(firmware), RESEAL_OVER);
        boot(firmware);
        assert_int_equal(reseal_of(firmware), RESEAL_NONE);
        fake_done(firmware);
}

static void without_a_secret_it_is_unavailable(void **state)
{
        struct fake_firmware *firmware = a_machine("quiet");
        struct fake_variable *variable =
                (struct fake_variable *)fake_find_variable(firmware, &guid_cleanslate, DEVICE_SECRET_VARIABLE_NAME);
        struct bytes text;
        struct handover handover;

        free(variable->value);
        *variable = (struct fake_variable){ 0 };
        firmware->faults.set_variable_name = DEVICE_SECRET_VARIABLE_NAME;
        firmware->faults.set_variable = EFI_OUT_OF_RESOURCES;
        boot(firmware);
        text = find_text(firmware, "mode=");
        assert_int_equal(handover_parse((const char *)text.data, text.size, &handover), ERR_OK);
        assert_int_equal(handover.reseal, RESEAL_UNAVAILABLE);
        fake_done(firmware);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(a_request_is_taken_away_and_counted_where_no_system_sees_it, LACKS_SECRET | LACKS_STORE),
                NEEDS(an_ordinary_start_is_about_nothing_and_writes_nothing, LACKS_PACE | LACKS_SILENCE),
                NEEDS(a_request_of_before_the_last_reset_is_dropped, LACKS_SECRET | LACKS_STORE),
                NEEDS(a_request_in_the_session_of_the_first_boot_counts, LACKS_SECRET | LACKS_STORE),
                NEEDS(what_is_no_request_of_ours_is_not_acted_on, LACKS_SECRET | LACKS_STORE),
                NEEDS(a_request_that_cannot_be_removed_does_not_ask, LACKS_SECRET | LACKS_STORE),
                NEEDS(no_key_is_given_for_a_start_that_is_not_counted, LACKS_SECRET | LACKS_STORE),
                NEEDS(a_reset_that_has_destroyed_nothing_yet_leaves_what_was_prepared, LACKS_SECRET | LACKS_STORE),
                NEEDS(recovery_and_break_glass_are_given_no_key, LACKS_STORE | LACKS_TPM),
                NEEDS(a_cancelled_one_gets_no_key_any_more, LACKS_SECRET | LACKS_STORE),
                NEEDS(without_a_secret_it_is_unavailable, LACKS_STORE),
        };
        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
