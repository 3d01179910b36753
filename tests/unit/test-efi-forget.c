/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub forgets what a reset asks for and what only it can reach, and nothing else; a firmware that does not let it is told
 * of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/base/forget.h"
#include "fake-firmware.h"
#include "under-personalities.h"

#define NV_BS 3

static struct fake_firmware *with_image(const char *settings)
{
        struct fake_firmware *firmware = fake_new();

        fake_add_section(firmware, ".osrel", "ID=acme\n", 8);
        fake_add_section(firmware, ".cmdline", "quiet", 5);
        if (settings)
                fake_add_section(firmware, ".clnslt", settings, strlen(settings));
        fake_add_section(firmware, ".linux", "kernel", 6);
        fake_add_section(firmware, ".initrd", "initrd", 6);
        return firmware;
}

static void put(struct fake_firmware *firmware, const struct guid *vendor, const char *name)
{
        fake_set_variable(firmware, vendor, name, "secret", 6);
        ((struct fake_variable *)fake_find_variable(firmware, vendor, name))->attributes = NV_BS;
}

static void ask(struct fake_firmware *firmware, uint32_t what)
{
        uint8_t encoded[FORGET_ENCODED_SIZE];

        forget_encode(what, encoded);
        fake_set_variable(firmware, &guid_cleanslate, FORGET_VARIABLE_NAME, encoded, sizeof(encoded));
        put(firmware, &guid_loader_interface, "LoaderBootSecret");
        put(firmware, &guid_shim, "MokList");
        put(firmware, &guid_shim, "MokListX");
}

static void boot(struct fake_firmware *firmware)
{
        EFI_STATUS status;

        assert_true(fake_run(firmware, &status));
}

static bool is_there(const struct fake_firmware *firmware, const struct guid *vendor, const char *name)
{
        return fake_find_variable(firmware, vendor, name) != NULL;
}

static void the_boot_secret_is_forgotten_once(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);

        ask(firmware, FORGET_BOOT_SECRET);
        boot(firmware);
        assert_false(is_there(firmware, &guid_loader_interface, "LoaderBootSecret"));
        assert_false(is_there(firmware, &guid_cleanslate, FORGET_VARIABLE_NAME));
        assert_true(is_there(firmware, &guid_shim, "MokList"));
        assert_string_equal(firmware->console, "");
        fake_done(firmware);
}

static void nothing_is_forgotten_unasked(void **state)
{
        struct fake_firmware *firmware = with_image("[Variables]\nmok=reset\n");

        put(firmware, &guid_loader_interface, "LoaderBootSecret");
        put(firmware, &guid_shim, "MokList");
        boot(firmware);
        assert_true(is_there(firmware, &guid_loader_interface, "LoaderBootSecret"));
        assert_true(is_there(firmware, &guid_shim, "MokList"));
        fake_done(firmware);
}

/* Whoever is root can ask; the image decides. */
static void owner_keys_are_forgotten_only_if_the_signed_settings_say_so(void **state)
{
        for (int reset = 0; reset < 2; reset++) {
                struct fake_firmware *firmware = with_image(reset ? "[Variables]\nmok=reset\n" : NULL);

                ask(firmware, FORGET_BOOT_SECRET | FORGET_OWNER_KEYS);
                boot(firmware);
                assert_int_equal(is_there(firmware, &guid_shim, "MokList"), !reset);
                assert_true(is_there(firmware, &guid_shim, "MokListX"));
                assert_false(is_there(firmware, &guid_cleanslate, FORGET_VARIABLE_NAME));
                fake_done(firmware);
        }
}

static void what_cannot_be_removed_is_tried_again_and_told(void **state)
{
        struct fake_firmware *firmware = with_image(NULL);

        ask(firmware, FORGET_BOOT_SECRET);
        ((struct fake_variable *)fake_find_variable(firmware, &guid_loader_interface, "LoaderBootSecret"))->attributes = 0x23;
        boot(firmware);
        assert_true(is_there(firmware, &guid_cleanslate, FORGET_VARIABLE_NAME));
        assert_non_null(strstr(firmware->console, "cannot delete variables marked by the reset"));
        fake_done(firmware);
}

static void a_damaged_request_goes_and_does_nothing(void **state)
{
        static const char *const values[] = { "\1", "\2\1", "\1\x80", "\1\1\1" };

        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
                struct fake_firmware *firmware = with_image(NULL);

                ask(firmware, 0);
                fake_set_variable(firmware, &guid_cleanslate, FORGET_VARIABLE_NAME, values[i], strlen(values[i]));
                boot(firmware);
                assert_true(is_there(firmware, &guid_loader_interface, "LoaderBootSecret"));
                assert_false(is_there(firmware, &guid_cleanslate, FORGET_VARIABLE_NAME));
                fake_done(firmware);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NEEDS(the_boot_secret_is_forgotten_once, LACKS_PACE | LACKS_SILENCE),
                NEEDS(nothing_is_forgotten_unasked, LACKS_STORE),
                NEEDS(owner_keys_are_forgotten_only_if_the_signed_settings_say_so, LACKS_STORE),
                NEEDS(what_cannot_be_removed_is_tried_again_and_told, LACKS_CONSOLE | LACKS_STORE),
                NEEDS(a_damaged_request_goes_and_does_nothing, LACKS_STORE),
        };

        return run_under_each_personality(tests, ARRAY_SIZE(tests));
}
