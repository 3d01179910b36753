/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the initrd lets somebody at the machine do: the stricter of the stub's word and the verified image's, and the way back to
 * the stub's question for the password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "initrd/console-permission.h"
#include "linux/base/file.h"
#include "tests/unit/scratch.h"

static struct boot_context context;

static void set_up_device(enum access stub, enum access image, bool gathered, bool password_given)
{
        memset(&context, 0, sizeof(context));
        context.handover.access = (struct console_access){ stub, stub, stub };
        context.handover.password_given = password_given;
        context.policy.settings.access = (struct console_access){ image, image, image };
        context.gathered = gathered;
        context.started_by_stub = true;
        context.variables.directory_fd = -1;
}

static void the_stricter_word_of_stub_and_image_counts(void **state)
{
        for (int stub = 0; stub < ACCESS_COUNT; stub++)
                for (int image = 0; image < ACCESS_COUNT; image++)
                        for (int more = 0; more < 4; more++) {
                                const bool gathered = more & 1, given = more & 2;
                                const int word = gathered && image > stub ? image : stub;
                                const bool permitted = word == ACCESS_ALLOWED || (word == ACCESS_PASSWORD && given);
                                set_up_device((enum access)stub, (enum access)image, gathered, given);
                                assert_int_equal(console_permission_known(&context).reset, word);
                                assert_int_equal(console_permission_reset(&context) == 0, permitted);
                                assert_int_equal(context.trouble[0] == 0, permitted);
                                context.trouble[0] = 0;
                                assert_int_equal(console_permission_break_glass(&context) == 0, permitted);
                                assert_int_equal(context.trouble[0] == 0, permitted);
                        }
}

/* The image's own command line needs nobody's permission where the stub vouches for it; a reset that has begun goes on for
 * everybody.
 */
static void permission_is_needed_by_whoever_chose_at_the_machine(void **state)
{
        for (int reason = 0; reason < REASON_COUNT; reason++)
                for (int more = 0; more < 4; more++) {
                        const bool person = reason == REASON_MENU || reason == REASON_LOADER_ENTRY;
                        set_up_device(ACCESS_PASSWORD, ACCESS_PASSWORD, true, false);
                        context.handover.choice.reason = (enum boot_reason)reason;
                        context.started_by_stub = more & 1;
                        context.interrupted = more & 2;
                        assert_int_equal(console_permission_is_needed(&context),
                                         !context.interrupted &&
                                                 (person || (reason == REASON_COMMAND_LINE && !context.started_by_stub)));
                }
}

static void write_loader_info(int directory, const char *text)
{
        uint8_t value[128] = { 6 };
        size_t size = 4;
        for (; *text != 0; text++, size += 2)
                value[size] = (uint8_t)*text;
        scratch_write(directory, "LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", value, size + 2);
}

static void the_way_back_to_the_question_is_a_boot_loader_entry_of_ours(void **state)
{
        static const char name[] = "LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
        static const char entry[] = "auto-cleanslate-reset";
        char directory[SCRATCH_PATH_MAX], *content = NULL;
        size_t size = 0;
        scratch_make(directory, NULL);
        set_up_device(ACCESS_PASSWORD, ACCESS_PASSWORD, true, false);
        assert_int_equal(efivarfs_open(directory, &context.variables), 0);
        const int fd = context.variables.directory_fd;
        assert_int_equal(console_permission_ask_at_restart(&context), -EBUSY); /* nobody says who comes first */
        write_loader_info(fd, "systemd-boot 252");
        assert_int_equal(console_permission_ask_at_restart(&context), -EBUSY);
        assert_int_equal(faccessat(fd, name, F_OK, 0), -1);
        write_loader_info(fd, "cleanslate 0.1");
        assert_int_equal(console_permission_ask_at_restart(&context), 0);
        assert_int_equal(file_read(fd, name, 256, &content, &size), 0);
        assert_int_equal(size, 4 + 2 * sizeof(entry));
        assert_int_equal(content[0], EFI_VARIABLE_NV_BS_RT);
        for (size_t i = 0; i < sizeof(entry); i++)
                assert_int_equal(content[4 + 2 * i], entry[i]);
        free(content);
        efivarfs_close(&context.variables);
        scratch_remove(directory);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_stricter_word_of_stub_and_image_counts),
                cmocka_unit_test(permission_is_needed_by_whoever_chose_at_the_machine),
                cmocka_unit_test(the_way_back_to_the_question_is_a_boot_loader_entry_of_ours),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
