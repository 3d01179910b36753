/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files beside an image go along, in which order, and how they are packed: as systemd-stub does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/boot/sidecar.h"

static struct file_info file_of(const char *name, uint64_t size)
{
        struct file_info file = { .size_bytes = size };

        assert_true(text_copy(file.name, sizeof(file.name), name, strlen(name)));
        return file;
}

static void directory_is_the_images_without_its_tries(void **state)
{
        static const struct {
                const char *image, *directory;
        } cases[] = {
                { "EFI/Linux/a.efi", "EFI/Linux/a.efi.extra.d" },
                { "EFI/Linux/a+3.efi", "EFI/Linux/a.efi.extra.d" },
                { "EFI/Linux/a+3-12.efi", "EFI/Linux/a.efi.extra.d" },
                { "EFI/Linux/a+3", "EFI/Linux/a.extra.d" },
                { "EFI/Linux/a+.efi", "EFI/Linux/a+.efi.extra.d" },
                { "EFI/Linux/a+3-.efi", "EFI/Linux/a+3-.efi.extra.d" },
                { "EFI/Linux/a+3x.efi", "EFI/Linux/a+3x.efi.extra.d" },
                { "EFI/Linux/a+b+3.efi", "EFI/Linux/a+b+3.efi.extra.d" }, /* systemd-stub looks at the first one only */
                { "A.EFI", "A.EFI.extra.d" },
        };
        char directory[SIDECAR_PATH_MAX], longest[SIDECAR_PATH_MAX];

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                assert_true(sidecar_directory(cases[i].image, directory));
                assert_string_equal(directory, cases[i].directory);
        }
        assert_false(sidecar_directory("", directory));
        assert_string_equal(directory, "");
        memset(longest, 'a', sizeof(longest));
        longest[SIDECAR_PATH_MAX - sizeof(".extra.d")] = '\0';
        assert_true(sidecar_directory(longest, directory));
        longest[SIDECAR_PATH_MAX - sizeof(".extra.d")] = 'a';
        longest[SIDECAR_PATH_MAX - sizeof(".extra.d") + 1] = '\0';
        assert_false(sidecar_directory(longest, directory));
}

static void each_kind_takes_its_names_alone(void **state)
{
        static const struct {
                const char *name;
                bool credential, sysext, confext;
        } cases[] = {
                { "a.cred", true, false, false },
                { "A.CRED", true, false, false },
                { ".cred", false, false, false },
                { ".a.cred", false, false, false },
                { "acred", false, false, false },
                { "a.cred.txt", false, false, false },
                { "a.raw", false, true, false },
                { "a.sysext.raw", false, true, false },
                { "a.confext.raw", false, false, true },
                { "A.ConfExt.RAW", false, false, true },
                { "confext.raw", false, true, false },
                { "a.addon.efi", false, false, false },
                { "w", false, false, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                for (int k = 0; k < SIDECAR_COUNT; k++) {
                        const struct sidecar_kind *kind = sidecar_kind((enum sidecar)k);
                        bool expected = k <= SIDECAR_GLOBAL_CREDENTIALS ? cases[i].credential
                                        : k <= SIDECAR_GLOBAL_SYSEXTS   ? cases[i].sysext
                                                                        : cases[i].confext;

                        assert_int_equal(sidecar_name_fits(cases[i].name, kind->end, kind->other), expected);
                }
}

/* systemd-stub(7) and what `systemd-analyze pcrs` and pcrlock call the events. */
static void kinds_are_those_of_systemd_stub(void **state)
{
        static const struct {
                const char *directory, *target, *event;
                uint32_t directory_mode, file_mode;
                unsigned pcr;
        } expected[SIDECAR_COUNT] = {
                { NULL, ".extra/credentials", "Credentials initrd", 0500, 0400, 12 },
                { "loader/credentials", ".extra/global_credentials", "Global credentials initrd", 0500, 0400, 12 },
                { NULL, ".extra/sysext", "System extension initrd", 0555, 0444, 13 },
                { "loader/extensions", ".extra/global_sysext", "Global system extension initrd", 0555, 0444, 13 },
                { NULL, ".extra/confext", "Configuration extension initrd", 0555, 0444, 12 },
                { "loader/extensions", ".extra/global_confext", "Global configuration extension initrd", 0555, 0444, 12 },
        };

        for (int k = 0; k < SIDECAR_COUNT; k++) {
                const struct sidecar_kind *kind = sidecar_kind((enum sidecar)k);

                if (expected[k].directory == NULL)
                        assert_null(kind->directory);
                else
                        assert_string_equal(kind->directory, expected[k].directory);
                assert_string_equal(kind->target, expected[k].target);
                assert_string_equal(kind->event, expected[k].event);
                assert_int_equal(kind->directory_mode, expected[k].directory_mode);
                assert_int_equal(kind->file_mode, expected[k].file_mode);
                assert_int_equal(kind->pcr, expected[k].pcr);
        }
}

static void files_are_in_the_order_of_their_bytes(void **state)
{
        static const char *const names[] = { "b.cred", "a.cred", "Z.cred", "a-b.cred", "ab.cred", "0.cred" };
        static const char *const sorted[] = { "0.cred", "Z.cred", "a-b.cred", "a.cred", "ab.cred", "b.cred" };
        struct sidecar_list list = { 0 };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct file_info file = file_of(names[i], i);

                assert_int_equal(sidecar_list_add(&list, &file, 1000), ERR_OK);
        }
        assert_int_equal(list.count, ARRAY_SIZE(sorted));
        assert_int_equal(list.size_bytes, 0 + 1 + 2 + 3 + 4 + 5);
        for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
                assert_string_equal(list.files[i].name, sorted[i]);
}

static void more_than_there_may_be_is_refused(void **state)
{
        struct sidecar_list list = { 0 };
        struct file_info half = file_of("half.cred", 500), rest = file_of("rest.cred", 501), empty = file_of("empty.cred", 0);
        struct file_info huge = file_of("huge.cred", UINT64_MAX);

        assert_int_equal(sidecar_list_add(&list, &half, 1000), ERR_OK);
        assert_int_equal(sidecar_list_add(&list, &rest, 1000), ERR_TOO_LARGE);
        assert_int_equal(sidecar_list_add(&list, &huge, 1000), ERR_TOO_LARGE);
        assert_int_equal(list.count, 1);
        rest.size_bytes--;
        assert_int_equal(sidecar_list_add(&list, &rest, 1000), ERR_OK);
        while (list.count < SIDECAR_FILES_MAX)
                assert_int_equal(sidecar_list_add(&list, &empty, 1000), ERR_OK);
        assert_int_equal(sidecar_list_add(&list, &empty, 1000), ERR_TOO_LARGE);
        assert_int_equal(list.count, SIDECAR_FILES_MAX);
}

/* magic, inode, mode, uid, gid, links, mtime, size, four device numbers, size of the name, checksum */
#define ZERO                                 "00000000"
#define HEADER(inode, mode, size, name_size) "070701" inode mode ZERO ZERO "00000001" ZERO size ZERO ZERO ZERO ZERO name_size ZERO

/* Byte by byte: the TPM measures this, and others predict it. */
static void archive_is_systemd_stubs(void **state)
{
        static const char expected[] = HEADER("00000001", "0000416d", "00000000", "00000007") ".extra\0\0\0\0"  /* 0555 */
                HEADER("00000002", "00004140", "00000000", "00000013") ".extra/credentials\0\0\0\0"             /* 0500 */
                HEADER("00000003", "00008100", "00000005", "0000001a") ".extra/credentials/a.cred\0hello\0\0\0" /* 0400 */
                HEADER("00000000", "00000000", "00000000", "0000000B") "TRAILER!!!\0\0\0";
        const struct sidecar_kind *kind = sidecar_kind(SIDECAR_CREDENTIALS);
        struct sidecar_list list = { 0 };
        struct file_info file = file_of("a.cred", 5);
        uint8_t buffer[1024], *space;
        struct writer writer;
        uint32_t inode;

        assert_int_equal(sidecar_list_add(&list, &file, 1000), ERR_OK);
        writer = writer_over(buffer, sidecar_archive_size_max(kind, &list));
        assert_in_range(writer.capacity, 1, sizeof(buffer));
        sidecar_archive_begin(kind, &writer, &inode);
        space = sidecar_archive_file(kind, &file, &writer, &inode);
        assert_non_null(space);
        memcpy(space, "hello", 5);
        cpio_trailer(&writer);
        assert_false(writer.overflow);
        assert_int_equal(writer.size, sizeof(expected));
        assert_memory_equal(buffer, expected, sizeof(expected));
}

/* Any names, any sizes: what is reserved is enough. */
static void room_is_enough_for_every_list(void **state)
{
        for (size_t length = 1; length < FILE_NAME_MAX - 5; length += 13) {
                const struct sidecar_kind *kind = sidecar_kind((enum sidecar)(length % SIDECAR_COUNT));
                struct sidecar_list list = { 0 };
                char name[FILE_NAME_MAX];
                struct writer writer;
                uint32_t inode;
                uint8_t *memory;

                for (size_t i = 0; i < 7; i++) {
                        struct file_info file;

                        memset(name, 'a' + (int)i, length);
                        snprintf(name + length, sizeof(name) - length, ".cred");
                        file = file_of(name, i * length);
                        assert_int_equal(sidecar_list_add(&list, &file, 100000), ERR_OK);
                }
                memory = malloc(sidecar_archive_size_max(kind, &list));
                writer = writer_over(memory, sidecar_archive_size_max(kind, &list));
                sidecar_archive_begin(kind, &writer, &inode);
                for (size_t i = 0; i < list.count; i++)
                        assert_non_null(sidecar_archive_file(kind, &list.files[i], &writer, &inode));
                cpio_trailer(&writer);
                assert_false(writer.overflow);
                free(memory);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(directory_is_the_images_without_its_tries),
                cmocka_unit_test(each_kind_takes_its_names_alone),
                cmocka_unit_test(kinds_are_those_of_systemd_stub),
                cmocka_unit_test(files_are_in_the_order_of_their_bytes),
                cmocka_unit_test(more_than_there_may_be_is_refused),
                cmocka_unit_test(archive_is_systemd_stubs),
                cmocka_unit_test(room_is_enough_for_every_list),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
