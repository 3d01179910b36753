/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which image a kernel command line names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/boot/image-identity.h"

#define HASH "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0"

static enum err read_line(const char *line, struct image_identity *ret)
{
        return image_identity_read(line, strlen(line), ret);
}

static void partitions_are_named_by_the_halves_of_the_root_hash(void **state)
{
        struct image_identity identity;
        char text[GUID_TEXT_SIZE];

        assert_int_equal(read_line("quiet roothash=" HASH " rootfstype=squashfs", &identity), ERR_OK);
        assert_int_equal(identity.form, IMAGE_ROOT);
        assert_int_equal(identity.root_hash_size, 32);
        assert_memory_equal(identity.root_hash, "\x00\x11\x22\x33", 4);
        guid_format(&identity.data_uuid, text);
        assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
        guid_format(&identity.hash_uuid, text);
        assert_string_equal(text, "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
        assert_string_equal(identity.file_system, "squashfs");
        assert_int_equal(read_line("roothash=" HASH " rootfstype=a-name-without-any-end", &identity), ERR_OK);
        assert_string_equal(identity.file_system, "");
}

static void what_is_no_root_hash_names_no_image(void **state)
{
        struct image_identity identity = { .root_hash_size = 77 };

        assert_int_equal(read_line("root=/dev/sda1 rhash=" HASH, &identity), ERR_MISSING);
        assert_int_equal(read_line("roothash", &identity), ERR_SYNTAX);
        assert_int_equal(read_line("roothash=0011", &identity), ERR_SYNTAX);
        assert_int_equal(read_line("roothash=" HASH "0", &identity), ERR_SYNTAX);
        assert_int_equal(read_line("roothash=x" HASH "y", &identity), ERR_SYNTAX);
        assert_int_equal(read_line("roothash=" HASH HASH HASH, &identity), ERR_SYNTAX);
        assert_int_equal(read_line("usrhash", &identity), ERR_SYNTAX);
        assert_int_equal(read_line("usrhash=0011", &identity), ERR_SYNTAX);
        assert_int_equal(identity.root_hash_size, 77);
}

static void an_image_of_usr_has_its_own_words(void **state)
{
        struct image_identity identity;
        char text[GUID_TEXT_SIZE];

        assert_int_equal(read_line("rootfstype=btrfs usrhash=" HASH " mount.usrfstype=erofs", &identity), ERR_OK);
        assert_int_equal(identity.form, IMAGE_USR);
        assert_memory_equal(identity.root_hash, "\x00\x11\x22\x33", 4);
        guid_format(&identity.data_uuid, text);
        assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
        assert_string_equal(identity.file_system, "erofs");
        assert_int_equal(read_line("rootfstype=btrfs usrhash=" HASH, &identity), ERR_OK);
        assert_string_equal(identity.file_system, ""); /* that is the root file system's */
        assert_int_equal(read_line("mount.usrfstype=ext4 roothash=" HASH, &identity), ERR_OK);
        assert_int_equal(identity.form, IMAGE_ROOT);
        assert_string_equal(identity.file_system, "");
}

/* Nobody could say which of them is the image. */
static void two_hashes_name_no_image(void **state)
{
        struct image_identity identity = { .root_hash_size = 77 };

        assert_int_equal(read_line("roothash=" HASH " usrhash=" HASH, &identity), ERR_DUPLICATE);
        assert_int_equal(read_line("usrhash=" HASH " quiet roothash", &identity), ERR_DUPLICATE);
        assert_int_equal(read_line("roothash=" HASH " quiet roothash=" HASH, &identity), ERR_DUPLICATE);
        assert_int_equal(read_line("usrhash=" HASH " usrhash", &identity), ERR_DUPLICATE);
        assert_int_equal(identity.root_hash_size, 77);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(partitions_are_named_by_the_halves_of_the_root_hash),
                cmocka_unit_test(what_is_no_root_hash_names_no_image),
                cmocka_unit_test(an_image_of_usr_has_its_own_words),
                cmocka_unit_test(two_hashes_name_no_image),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
