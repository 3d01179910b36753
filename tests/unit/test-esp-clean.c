/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cleaning a directory that stands for the EFI system partition: what goes, what stays, that bytes are overwritten before their
 * file goes, that names are gone over, and that a failure is one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/syscall.h>

#include "common/base/utf16.h"
#include "initrd/steps/esp-clean.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/efi/efivarfs.h"
#include "linux/esp/esp-erase.h"
#include "linux/esp/esp-survey.h"
#include "tests/unit/scratch.h"

#define SECRET "a former owner's secret"

static struct boot_context context;
static struct reset reset;
static struct world {
        char directory[SCRATCH_PATH_MAX];
        int top, esp, root, variables;
        char detail[160];
} world;

/* What the kernel is made to do, and what was seen. */
static struct {
        bool deaf;           /* unlinkat() of files does nothing and says it did */
        int write_error;     /* of every write() */
        const char *unknown; /* a name that is listed and not found */
        unsigned secrets;    /* files that still held something when they were unlinked */
        unsigned unlinked;   /* files that held nothing but zeros then, and were not empty */
        off_t unlinked_bytes;
} kernel;

static void look_at(int directory_fd, const char *name)
{
        char data[65536];
        int fd = (int)syscall(SYS_openat, directory_fd, name, O_RDONLY | O_NOFOLLOW);
        ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof(data));
        bool zeros = true;

        for (ssize_t i = 0; i < n; i++)
                zeros &= data[i] == 0;
        if (n > 0) {
                kernel.secrets += !zeros;
                kernel.unlinked += zeros;
                kernel.unlinked_bytes = n;
        }
        if (fd >= 0)
                (void)close(fd);
}

int unlinkat(int directory_fd, const char *name, int flags)
{
        if (!(flags & AT_REMOVEDIR)) {
                look_at(directory_fd, name);
                if (kernel.deaf && faccessat(directory_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        return 0;
        }
        return (int)syscall(SYS_unlinkat, directory_fd, name, flags);
}

int fstatat(int directory_fd, const char *name, struct stat *ret, int flags)
{
        if (kernel.unknown && strcmp(name, kernel.unknown) == 0) {
                errno = ENOENT;
                return -1;
        }
        return (int)syscall(SYS_newfstatat, directory_fd, name, ret, flags);
}

ssize_t write(int fd, const void *data, size_t size)
{
        if (kernel.write_error) {
                errno = kernel.write_error;
                return -1;
        }
        return syscall(SYS_write, fd, data, size);
}

static int make(const char *name)
{
        assert_int_equal(make_directories(world.top, name, 0755), 0);
        return openat(world.top, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int set_up(void **state)
{
        memset(&kernel, 0, sizeof(kernel));
        memset(&context, 0, sizeof(context));
        memset(&reset, 0, sizeof(reset));
        scratch_make(world.directory, NULL);
        world.top = open(world.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        world.esp = make("esp");
        world.root = make("root");
        world.variables = make("variables");
        assert_int_equal(make_directories(world.root, "usr/lib/cleanslate", 0755), 0);
        context.root_fd = world.root;
        context.variables.directory_fd = world.variables;
        context.report.kmsg_fd = -1;
        policy_init(&context.policy);
        memset(&context.inventory.esp, 0x44, sizeof(context.inventory.esp));
        context.policy.settings.esp_leave_free_space = true;
        reset.context = &context;
        return 0;
}

static int tear_down(void **state)
{
        esp_hashes_done(&context.esp_hashes);
        memset(&kernel, 0, sizeof(kernel));
        (void)close(world.variables);
        (void)close(world.root);
        (void)close(world.esp);
        (void)close(world.top);
        scratch_remove(world.directory);
        return 0;
}

static void put(const char *path, const char *text)
{
        char directory[256];

        (void)strcpy(directory, path);
        if (strrchr(directory, '/')) {
                *strrchr(directory, '/') = 0;
                assert_int_equal(make_directories(world.esp, directory, 0755), 0);
        }
        scratch_text(world.esp, path, text);
}

static void declare(const char *list)
{
        scratch_text(world.root, "usr/lib/cleanslate/esp.conf", list);
}

#define LOADER_GUID "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define GLOBAL_GUID "8be4df61-93ca-11d2-aa0d-00e098032b8c"
enum { LASTING = 7, VOLATILE = 6, AUTHENTICATED = 0x27 };

static void set_variable(const char *file, uint8_t attributes, const void *value, size_t size)
{
        uint8_t data[512] = { attributes };

        memcpy(data + 4, value, size);
        scratch_write(context.variables.directory_fd, file, data, 4 + size);
}

static void set_path(const char *file, uint8_t attributes, const char *text)
{
        uint8_t value[256];
        struct writer writer = writer_over(value, sizeof(value));

        utf16_from_utf8(text, strlen(text), &writer);
        set_variable(file, attributes, value, writer.size);
}

/* Boot0005, which has started this machine if `current`: the file on the partition, or with "" the partition as a whole. */
static void set_entry(uint8_t partition, const char *path, bool current)
{
        uint8_t option[256] = { [0] = 1, [8] = 4, [9] = 1, [10] = 42 };
        size_t at = 8 + 42, length = 4 + 2 * (strlen(path) + 1);

        memset(option + 8 + 24, partition, 16);
        option[8 + 41] = 2;
        if (path[0]) {
                memcpy(option + at, (const uint8_t[]){ 4, 4, (uint8_t)length, 0 }, 4);
                for (size_t i = 0; path[i] != 0; i++)
                        option[at + 4 + 2 * i] = (uint8_t)path[i];
                at += length;
        }
        memcpy(option + at, "\x7f\xff\4", 4);
        option[4] = (uint8_t)(at - 8 + 4);
        set_variable("Boot0005-" GLOBAL_GUID, LASTING, option, at + 4);
        set_variable("BootOrder-" GLOBAL_GUID, LASTING, "\5", 2);
        if (current)
                set_variable("BootCurrent-" GLOBAL_GUID, VOLATILE, "\5", 2);
}

/* The same entry, with a word for a profile. */
static void add_selector(uint8_t attributes)
{
        static const char path[] = "Boot0005-" GLOBAL_GUID;
        static const uint8_t word[] = { '@', 0, '1', 0, 0, 0 };
        uint8_t value[256 + sizeof(word)];

        int fd = openat(world.variables, path, O_RDONLY | O_CLOEXEC);
        ssize_t size = read(fd, value, 256);
        assert_true(fd >= 0 && size > 4);
        (void)close(fd);
        memcpy(value + size, word, sizeof(word));
        set_variable(path, attributes, value + 4, (size_t)size - 4 + sizeof(word));
}

static void started_by_stub(const char *file)
{
        context.started_by_stub = true;
        (void)snprintf(context.handover.stub_file, sizeof(context.handover.stub_file), "%s", file);
}

static bool is_there(const char *path)
{
        return faccessat(world.esp, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int clean(void)
{
        struct esp_cleaning cleaning = { 0 };
        int r = esp_clean_directory(&reset, world.esp, &cleaning);
        if (r == 0)
                r = esp_check_directory(&reset, world.esp);
        if (r == 0)
                esp_cleaning_text(&reset, &cleaning, world.detail, sizeof(world.detail));
        return r;
}

static const struct clean_item *item(const struct clean_list *list, const char *name)
{
        for (size_t i = 0; i < list->count; i++)
                if (strcmp(list->items[i].name, name) == 0)
                        return &list->items[i];
        return NULL;
}

static void put_all(void)
{
        put("EFI/BOOT/BOOTX64.EFI", "the image");
        put("EFI/BOOT/BOOTX64.EFI.extra.d/deep/owner.cred", SECRET);
        put("EFI/Linux/started.efi", "the other image");
        put("EFI/Linux/owner.efi", SECRET);
        put("EFI/cleanslate/records/00.json", "{}");
        put("EFI/ACME/file.bin", "unknown");
        put("loader/credentials/owner.cred", SECRET);
        put("loader/random-seed", SECRET);
        started_by_stub("EFI/LINUX/STARTED.EFI");
}

static void additions_go_and_the_rest_stays(void **state)
{
        put_all();
        declare("EFI/BOOT/BOOTX64.EFI\n");
        assert_int_equal(clean(), 0);
        assert_false(is_there("EFI/BOOT/BOOTX64.EFI.extra.d"));
        assert_false(is_there("EFI/Linux/owner.efi"));
        assert_false(is_there("loader/credentials/owner.cred"));
        assert_false(is_there("loader/random-seed"));
        assert_true(is_there("loader/credentials"));
        assert_true(is_there("EFI/BOOT/BOOTX64.EFI"));
        assert_true(is_there("EFI/Linux/started.efi"));
        assert_true(is_there("EFI/cleanslate/records/00.json"));
        assert_true(is_there("EFI/ACME/file.bin"));
        assert_string_equal(world.detail, "6 removed, 1 kept undeclared, 0 altered; 0 free bytes overwritten, as the policy "
                                          "leaves free space");
        assert_string_equal(item(&reset.cleaned.esp_removed, "EFI/Linux/owner.efi")->why, "a boot image, not declared");
        assert_non_null(item(&reset.cleaned.esp_removed, "EFI/BOOT/BOOTX64.EFI.extra.d/deep"));
        assert_non_null(item(&reset.cleaned.esp_kept, "EFI/ACME/file.bin"));
        assert_int_equal(reset.cleaned.esp_kept.count, 1);
        assert_true(reset.cleaned.esp_cleaned);
}

static void bytes_are_overwritten_before_their_file_goes(void **state)
{
        put_all();
        declare("");
        assert_int_equal(clean(), 0);
        assert_int_equal(kernel.secrets, 0);
        assert_int_equal(kernel.unlinked, 4);
        assert_true(kernel.unlinked_bytes > (off_t)strlen(SECRET)); /* up to the end of the last block */
}

/* The control of the one above: what is unlinked by others is seen. */
static void the_test_sees_bytes_that_were_not_overwritten(void **state)
{
        put("file", SECRET);
        assert_int_equal(unlinkat(world.esp, "file", 0), 0);
        assert_int_equal(kernel.secrets, 1);
}

static void a_file_that_cannot_be_overwritten_fails_the_cleaning_and_stays(void **state)
{
        put_all();
        declare("");
        kernel.write_error = EIO;
        assert_int_equal(clean(), -EIO);
        assert_true(is_there("loader/random-seed"));
        assert_non_null(strstr(context.trouble, "loader/random-seed on the EFI system partition cannot be erased"));
        assert_false(reset.cleaned.esp_cleaned);
}

static void what_is_still_there_afterwards_fails_the_cleaning(void **state)
{
        put("loader/credentials/owner.cred", SECRET);
        kernel.deaf = true;
        assert_int_equal(clean(), -EBADMSG);
        assert_non_null(strstr(context.trouble, "was deleted and is still there"));
}

static void links_are_not_followed(void **state)
{
        put("outside/secret", "stays");
        assert_int_equal(make_directories(world.esp, "loader", 0755), 0);
        assert_int_equal(symlinkat("../outside", world.esp, "loader/credentials"), 0);
        assert_int_equal(make_directories(world.esp, "loader/addons", 0755), 0);
        assert_int_equal(symlinkat("../../outside/secret", world.esp, "loader/addons/link"), 0);
        assert_int_equal(clean(), 0);
        assert_false(is_there("loader/addons/link"));
        assert_true(is_there("outside/secret"));
}

static void a_cleaning_can_be_repeated(void **state)
{
        put_all();
        put("loader/CLN00007", "");
        declare("");
        assert_int_equal(clean(), 0);
        assert_false(is_there("loader/CLN00007"));
        memset(&reset.cleaned, 0, sizeof(reset.cleaned));
        assert_int_equal(clean(), 0);
        assert_int_equal(reset.cleaned.esp_removed.count, 0);
        assert_true(is_there("EFI/Linux/started.efi"));
}

static void a_declared_file_with_other_contents_is_named(void **state)
{
        static const char good[] = "the contents", hash[] = "loader/loader.conf %s\nloader/credentials/vendor.cred %s\n";
        char digest[SHA256_SIZE * 2 + 1], list[512];
        uint8_t sha256[SHA256_SIZE];
        struct writer writer = writer_over(digest, sizeof(digest));

        put("loader/loader.conf", good);
        put("loader/credentials/vendor.cred", good);
        assert_int_equal(esp_tree_hash(world.esp, "loader/loader.conf", sha256), 0);
        writer_hex(&writer, sha256, sizeof(sha256));
        (void)snprintf(list, sizeof(list), hash, digest, digest);
        declare(list);
        assert_int_equal(clean(), 0);
        assert_int_equal(reset.cleaned.esp_removed.count + reset.cleaned.esp_altered.count + reset.cleaned.esp_kept.count, 0);

        put("loader/loader.conf", "others");
        put("loader/credentials/vendor.cred", SECRET);
        assert_int_equal(clean(), 0);
        assert_non_null(item(&reset.cleaned.esp_altered, "loader/loader.conf"));
        assert_true(is_there("loader/loader.conf"));
        assert_false(is_there("loader/credentials/vendor.cred"));
}

static void everything_undeclared_goes_if_the_policy_says_so(void **state)
{
        put_all();
        put("EFI/ACME/kept/file.bin", "declared");
        declare("EFI/BOOT/BOOTX64.EFI\nEFI/ACME/kept/\n");
        context.policy.settings.esp_undeclared = ESP_UNDECLARED_REMOVE;
        assert_int_equal(clean(), 0);
        assert_false(is_there("EFI/ACME/file.bin") || is_there("loader"));
        assert_true(is_there("EFI/ACME/kept/file.bin") && is_there("EFI/cleanslate/records/00.json"));
        assert_int_equal(reset.cleaned.esp_kept.count, 0);
}

static void removing_the_undeclared_needs_a_list(void **state)
{
        put_all();
        context.policy.settings.esp_undeclared = ESP_UNDECLARED_REMOVE;
        assert_int_equal(clean(), -ENOENT);
        assert_true(is_there("loader/random-seed"));
}

static void a_faulty_list_is_refused_before_anything_goes(void **state)
{
        put_all();
        declare("EFI/ok\n../bad\n");
        assert_int_equal(clean(), -EINVAL);
        assert_true(is_there("loader/random-seed"));
        assert_non_null(strstr(context.trouble, "esp.conf, line 2"));
}

/* Of the old system's loaders, what the machine does not need goes; under the default where nothing came before the image. */
static void put_loaders(void)
{
        declare("");
        put("EFI/BOOT/BOOTX64.EFI", "MZ the image");
        put("EFI/debian/grubx64.efi", "MZ old");
        put("EFI/debian/grub.cfg", "old");
        put("EFI/debian/image.bin", "MZ old, under another name");
        put("EFI/copy/BOOTX64.EFI", "MZ the image");
        put("EFI/ACME/file.bin", "data");
        put("startup.nsh", "old");
        started_by_stub("EFI/BOOT/BOOTX64.EFI");
}

static bool old_loaders_are_there(void)
{
        bool first = is_there("EFI/debian/grubx64.efi");

        assert_int_equal(is_there("EFI/debian/grub.cfg"), first);
        assert_int_equal(is_there("EFI/debian/image.bin"), first);
        assert_int_equal(is_there("startup.nsh"), first);
        assert_true(is_there("EFI/BOOT/BOOTX64.EFI") && is_there("EFI/copy/BOOTX64.EFI") && is_there("EFI/ACME/file.bin"));
        return first;
}

static void loaders_of_the_old_system_go(void **state)
{
        put_loaders();
        assert_int_equal(clean(), 0);
        assert_false(old_loaders_are_there());
        assert_int_equal(kernel.secrets, 0);
        assert_non_null(item(&reset.cleaned.esp_kept, "EFI/ACME/file.bin"));
        assert_int_equal(reset.cleaned.esp_kept.count, 1);
}

static void without_a_list_they_are_named(void **state)
{
        put_loaders();
        assert_int_equal(unlinkat(world.root, "usr/lib/cleanslate/esp.conf", 0), 0);
        assert_int_equal(clean(), 0);
        assert_true(old_loaders_are_there());
        assert_string_equal(item(&reset.cleaned.esp_kept, "EFI/debian/grubx64.efi")->why, "a boot loader, not declared");
        assert_non_null(item(&reset.cleaned.esp_kept, "EFI/debian/image.bin"));
        assert_non_null(item(&reset.cleaned.esp_kept, "startup.nsh"));
}

static void what_is_between_firmware_and_image_may_need_them(void **state)
{
        put_loaders();
        put("EFI/debian/shimx64.efi", "MZ in use");
        set_entry(0x44, "\\EFI\\debian\\shimx64.efi", true);
        assert_int_equal(clean(), 0);
        assert_true(old_loaders_are_there());
        assert_string_equal(item(&reset.cleaned.esp_kept, "EFI/debian/shimx64.efi")->why,
                            "has started this machine, not declared");
        context.policy.settings.esp_undeclared = ESP_UNDECLARED_REMOVE; /* the image knows better */
        put("EFI/debian/image.bin", "MZ old");
        memset(&reset.cleaned, 0, sizeof(reset.cleaned));
        declare("EFI/ACME/\n");
        assert_int_equal(clean(), 0);
        assert_false(old_loaders_are_there());
        assert_true(is_there("EFI/debian/shimx64.efi"));
}

/* Each way in which the running system could say that a file of its choice has started the machine. */
static void no_variable_of_the_running_system_shields_a_file(void **state)
{
        for (int way = 0; way < 6; way++) {
                put_loaders();
                (void)unlinkat(world.variables, "BootCurrent-" GLOBAL_GUID, 0);
                set_entry(0x44, "\\EFI\\BOOT\\BOOTX64.EFI", true);
                switch (way) {
                case 0:
                        set_path("LoaderImageIdentifier-" LOADER_GUID, LASTING, "\\EFI\\debian\\grubx64.efi");
                        break;
                case 1:
                        set_path("StubImageIdentifier-" LOADER_GUID, LASTING, "\\EFI\\debian\\grubx64.efi");
                        break;
                case 2:
                        set_path("StubImageIdentifier-" LOADER_GUID, VOLATILE, "\\EFI\\debian\\grubx64.efi");
                        break; /* our stub knows */
                case 3:
                        set_entry(0x44, "\\EFI\\debian\\grubx64.efi", false);
                        set_variable("BootCurrent-" GLOBAL_GUID, LASTING, "\5", 2);
                        break;
                case 4:
                        set_variable("BootCurrent-" GLOBAL_GUID, LASTING, "\7", 2);
                        break;
                default:
                        break;
                }
                assert_int_equal(clean(), 0);
                if (old_loaders_are_there())
                        fail_msg("way %d", way);
                (void)unlinkat(world.variables, "LoaderImageIdentifier-" LOADER_GUID, 0);
                (void)unlinkat(world.variables, "StubImageIdentifier-" LOADER_GUID, 0);
        }
}

/* The controls: what firmware and boot loaders of this very boot have set counts. */
static void a_boot_loader_of_this_boot_stays(void **state)
{
        put_loaders();
        set_path("LoaderImageIdentifier-" LOADER_GUID, VOLATILE, "\\EFI\\debian\\grubx64.efi");
        assert_int_equal(clean(), 0);
        assert_true(old_loaders_are_there());

        put_loaders();
        context.started_by_stub = false; /* systemd-stub, say */
        (void)unlinkat(world.variables, "LoaderImageIdentifier-" LOADER_GUID, 0);
        set_path("StubImageIdentifier-" LOADER_GUID, VOLATILE, "\\EFI\\BOOT\\BOOTX64.EFI");
        assert_int_equal(clean(), 0);
        assert_false(old_loaders_are_there());
}

/* systemd-stub 252, which has a variable of its own for nothing but its version. */
static void an_old_stub_names_itself_as_the_boot_loader(void **state)
{
        put_loaders();
        context.started_by_stub = false;
        set_path("LoaderImageIdentifier-" LOADER_GUID, VOLATILE, "\\EFI\\BOOT\\BOOTX64.EFI");
        set_path("LoaderInfo-" LOADER_GUID, VOLATILE, "systemd-boot 252"); /* has set it, then, and the image is unknown */
        assert_int_equal(clean(), 0);
        assert_true(old_loaders_are_there());

        (void)unlinkat(world.variables, "LoaderInfo-" LOADER_GUID, 0);
        assert_int_equal(clean(), 0);
        assert_false(old_loaders_are_there());
}

/* Where no stub of ours says which image this boot came from. */
static void a_lasting_word_about_the_image_leaves_it_unknown(void **state)
{
        put_loaders();
        context.started_by_stub = false;
        context.policy.settings.esp_undeclared = ESP_UNDECLARED_REMOVE;
        set_path("StubImageIdentifier-" LOADER_GUID, LASTING, "\\EFI\\debian\\grubx64.efi");
        assert_int_equal(clean(), 0);
        assert_true(old_loaders_are_there());
        assert_non_null(item(&reset.cleaned.esp_kept, "EFI/debian/grubx64.efi"));
        assert_non_null(item(&reset.cleaned.esp_kept, "EFI/BOOT/BOOTX64.EFI"));
}

/* The same path on another partition says nothing about this one. */
static void an_entry_for_another_partition_shields_nothing(void **state)
{
        put_loaders();
        context.policy.settings.esp_undeclared = ESP_UNDECLARED_REMOVE;
        declare("EFI/ACME/\n");
        set_entry(0x55, "\\EFI\\debian\\grubx64.efi", true);
        assert_int_equal(clean(), 0);
        assert_false(old_loaders_are_there());
}

static void an_image_that_is_not_where_the_stub_says_removes_no_loader(void **state)
{
        put_loaders();
        started_by_stub("EFI/BOOT/BOOTX6~1.EFI");
        assert_int_equal(clean(), 0);
        assert_true(old_loaders_are_there());
        started_by_stub("EFI/debian/../BOOT/BOOTX64.EFI"); /* the kernel knows it by that, too */
        assert_int_equal(clean(), 0);
        assert_false(old_loaders_are_there());
}

/* Of firmware's own place, where the image was started from another: goes only while an entry is sure to start the image. */
static void firmwares_default_goes_if_an_entry_stays(void **state)
{
        put_loaders();
        put("EFI/BOOT/BOOTX64.EFI", "MZ old");
        put("EFI/vendor/image.efi", "MZ the image");
        started_by_stub("EFI/vendor/image.efi");
        set_entry(0x44, "\\EFI\\vendor\\image.efi", true);
        set_variable("BootOrder-" GLOBAL_GUID, LASTING, "\7", 2); /* it was chosen by hand */
        assert_int_equal(clean(), 0);
        assert_true(is_there("EFI/BOOT/BOOTX64.EFI"));
        assert_non_null(strstr(item(&reset.cleaned.esp_kept, "EFI/BOOT/BOOTX64.EFI")->why, "nothing else is sure"));
        set_variable("BootOrder-" GLOBAL_GUID, LASTING, "\7\0\5", 4);
        add_selector(AUTHENTICATED); /* nobody can rewrite it, so that it leaves BootOrder */
        assert_int_equal(clean(), 0);
        assert_true(is_there("EFI/BOOT/BOOTX64.EFI"));
        set_entry(0x44, "\\EFI\\vendor\\image.efi", true);
        add_selector(LASTING); /* nor is it certain that this one can be */
        assert_int_equal(clean(), 0);
        assert_true(is_there("EFI/BOOT/BOOTX64.EFI"));
        set_entry(0x44, "\\EFI\\vendor\\image.efi", true);
        assert_int_equal(clean(), 0);
        assert_false(is_there("EFI/BOOT/BOOTX64.EFI"));
        assert_true(is_there("EFI/vendor/image.efi") && is_there("EFI/copy/BOOTX64.EFI"));
}

static void too_deep_a_tree_is_refused(void **state)
{
        char path[256] = "";

        for (int i = 0; i < ESP_TREE_DEPTH_MAX; i++)
                (void)strcat(path, "d/");
        assert_int_equal(make_directories(world.esp, path, 0755), 0);
        assert_int_equal(clean(), -E2BIG);
        assert_non_null(strstr(context.trouble, "more than 32 deep"));
}

/* FAT can hold half a character: such a name is listed, and nobody can open it. */
static void a_name_that_cannot_be_opened_is_refused_before_anything_goes(void **state)
{
        put_all();
        put("loader/half", SECRET);
        kernel.unknown = "half";
        assert_int_equal(clean(), -EILSEQ);
        assert_true(is_there("loader/random-seed"));
        assert_non_null(strstr(context.trouble, "whose name cannot be opened"));
}

static void long_lists_are_counted(void **state)
{
        char name[64];

        for (unsigned i = 0; i < CLEAN_ITEMS_MAX + 3; i++) {
                (void)snprintf(name, sizeof(name), "loader/addons/%u", i);
                put(name, "x");
        }
        assert_int_equal(clean(), 0);
        assert_int_equal(reset.cleaned.esp_removed.count, CLEAN_ITEMS_MAX);
        assert_int_equal(reset.cleaned.esp_removed.more, 3);
}

static void names_are_cut_at_a_character(void **state)
{
        struct clean_list list = { 0 };
        char name[CLEAN_NAME_MAX + 8];

        memset(name, 'a', sizeof(name));
        (void)strcpy(name + CLEAN_NAME_MAX - 3, "\xe2\x82\xac\xe2\x82\xac");
        clean_list_add(&list, name, "");
        assert_int_equal(strlen(list.items[0].name), CLEAN_NAME_MAX - 3);
}

static void names_are_gone_over_without_harm_to_what_is_there(void **state)
{
        bool complete;

        put("loader/CLN00000", "somebody's");
        put("loader/other", "x");
        assert_int_equal(esp_erase_names(world.esp, "loader", &complete), 0);
        assert_true(is_there("loader/CLN00000") && is_there("loader/other"));
        assert_false(is_there("loader/CLN00001"));
        assert_int_equal(esp_erase_names(world.esp, "", &complete), 0);
        assert_int_equal(esp_erase_names(world.esp, "missing", &complete), -ENOENT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        const struct CMUnitTest tests[] = {
                TEST(additions_go_and_the_rest_stays),
                TEST(bytes_are_overwritten_before_their_file_goes),
                TEST(the_test_sees_bytes_that_were_not_overwritten),
                TEST(a_file_that_cannot_be_overwritten_fails_the_cleaning_and_stays),
                TEST(what_is_still_there_afterwards_fails_the_cleaning),
                TEST(links_are_not_followed),
                TEST(a_cleaning_can_be_repeated),
                TEST(a_declared_file_with_other_contents_is_named),
                TEST(everything_undeclared_goes_if_the_policy_says_so),
                TEST(removing_the_undeclared_needs_a_list),
                TEST(a_faulty_list_is_refused_before_anything_goes),
                TEST(loaders_of_the_old_system_go),
                TEST(without_a_list_they_are_named),
                TEST(what_is_between_firmware_and_image_may_need_them),
                TEST(no_variable_of_the_running_system_shields_a_file),
                TEST(a_boot_loader_of_this_boot_stays),
                TEST(an_old_stub_names_itself_as_the_boot_loader),
                TEST(a_lasting_word_about_the_image_leaves_it_unknown),
                TEST(an_entry_for_another_partition_shields_nothing),
                TEST(an_image_that_is_not_where_the_stub_says_removes_no_loader),
                TEST(firmwares_default_goes_if_an_entry_stays),
                TEST(too_deep_a_tree_is_refused),
                TEST(a_name_that_cannot_be_opened_is_refused_before_anything_goes),
                TEST(long_lists_are_counted),
                TEST(names_are_cut_at_a_character),
                TEST(names_are_gone_over_without_harm_to_what_is_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
