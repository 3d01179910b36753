/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan, preflight, doctor and the looking ahead of request, on a machine made of files: a disk image with a real partition table,
 * an image's root directory, a variable store; and that none of it writes to the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <libfdisk/libfdisk.h>
#include <sys/inotify.h>

#include "common/base/partition-type.h"
#include "common/boot/handover.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/disk/gpt-write.h"
#include "linux/disk/gpt.h"
#include "linux/tpm/tpm.h"
#include "reset-tool/plan-preview.h"
#include "tests/unit/gpt-put.h"
#include "tests/unit/scratch.h"
#include "tests/unit/swtpm.h"

#define MIB(n)        ((uint64_t)(n) << 20)
#define DISK          "disk.raw"
#define MANIFEST      "d 0755 0 0 0 9 - /var\n"
#define ROOT_HASH     "00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0"
#define STATE_CONF    "[Partition]\nType=var\nLabel=state\nFormat=ext4\nFactoryReset=yes\nCopyFiles=/factory:/\nSizeMinBytes=64M\n"
#define SETTINGS_CONF "[Reset]\nerase-level=crypto\ntpm-clear=skip\nwithout-tpm=plain\n"

static const struct guid esp_uuid = { .bytes = "\x01" }, state_uuid = { .bytes = "\x02" };

static struct world {
        char directory[SCRATCH_PATH_MAX], disk[SCRATCH_PATH_MAX + 16];
        int fd;
        struct environment environment;
        char *output, *errors;
        size_t output_size, errors_size;
        int watch; /* tells of whoever had the disk open for writing */
} world;
static char paths[9][SCRATCH_PATH_MAX + 32];

static const char *path_of(size_t index, const char *name)
{
        (void)snprintf(paths[index], sizeof(paths[index]), "%s/%s", world.directory, name);
        return paths[index];
}

static void add_partition(const char *type, const struct guid *uuid, const char *name, uint64_t start_mib, uint64_t size_mib)
{
        struct gpt_entry entry = { .uuid = *uuid, .name = name, .start_bytes = MIB(start_mib), .size_bytes = MIB(size_mib) };
        assert_true(partition_type_parse(type, strlen(type), &entry.type));
        assert_int_equal(put(world.disk, &entry), 0);
}

static void make_disk(void)
{
        struct guid image = { 0 }, verity = { 0 };
        (void)snprintf(world.disk, sizeof(world.disk), "%s/%s", world.directory, DISK);
        scratch_text(world.fd, DISK, "");
        assert_int_equal(truncate(world.disk, (off_t)MIB(256)), 0);
        struct fdisk_context *context = fdisk_new_context();
        assert_int_equal(fdisk_assign_device(context, world.disk, 0), 0);
        assert_int_equal(fdisk_create_disklabel(context, "gpt"), 0);
        assert_int_equal(fdisk_write_disklabel(context), 0);
        fdisk_unref_context(context);
        assert_true(guid_parse("00112233-4455-6677-8899-aabbccddeeff", GUID_TEXT_SIZE - 1, &image));
        assert_true(guid_parse("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", GUID_TEXT_SIZE - 1, &verity));
        add_partition("esp", &esp_uuid, "esp", 1, 32);
        add_partition("root", &image, "root", 33, 16);
        add_partition("root-verity", &verity, "root-verity", 49, 1);
        add_partition("var", &state_uuid, "state", 50, 100);
}

static void make_directories_of(const char *const *names, size_t count)
{
        for (size_t i = 0; i < count; i++)
                assert_int_equal(make_directories(world.fd, names[i], 0755), 0);
}

static void make_image(void)
{
        static const char *const names[] = {
                "root/usr/lib/repart.d", "root/usr/lib/cleanslate", "root/usr/sbin", "root/factory", "efivars", "esp", "empty"
        };
        make_directories_of(names, ARRAY_SIZE(names));
        scratch_text(world.fd, "root/usr/lib/repart.d/20-state.conf", STATE_CONF);
        scratch_text(world.fd, "root/usr/lib/cleanslate/cleanslate.conf", SETTINGS_CONF);
        scratch_text(world.fd, "root/usr/lib/cleanslate/manifest", MANIFEST);
        scratch_program(world.fd, "root/usr/sbin/mkfs.ext4", "#!");
        scratch_text(world.fd, "root/factory/file", "x");
        scratch_text(world.fd, "os-release", "ID=slate\nIMAGE_ID=slate-image\n");
        scratch_text(world.fd, "boot_id", "01234567-89ab-cdef-0123-456789abcdef\n");
        scratch_text(world.fd, "cmdline", "quiet roothash=" ROOT_HASH "\n");
}

static void hand_down(void)
{
        struct handover handover = { .choice = { .mode = MODE_NORMAL }, .stub_partition = esp_uuid };
        char text[HANDOVER_TEXT_MAX], disk[GUID_TEXT_SIZE];
        struct guid id;
        size_t size;
        assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
        scratch_write(world.fd, "boot", text, size);
        assert_int_equal(gpt_read_id(world.disk, &id), 0);
        guid_format(&id, disk);
        scratch_text(world.fd, "disk-id", disk);
}

static int never_reboot(void)
{
        fail_msg("nobody asked for a reboot");
        return 0;
}

static int set_up(void **state)
{
        memset(&world, 0, sizeof(world));
        scratch_make(world.directory, NULL);
        world.fd = open(world.directory, O_RDONLY | O_DIRECTORY);
        make_disk();
        make_image();
        hand_down();
        world.environment = (struct environment){
                .output = open_memstream(&world.output, &world.output_size),
                .errors = open_memstream(&world.errors, &world.errors_size),
                .requester = "alice (sudo)",
                .firmware_path = world.directory,
                .variables_path = path_of(0, "efivars"),
                .os_release_paths = { path_of(1, "os-release"), path_of(1, "os-release") },
                .boot_id_path = path_of(2, "boot_id"),
                .handover_path = path_of(3, "boot"),
                .disk_path = path_of(4, "disk-id"),
                .reboot = never_reboot,
                .root_path = path_of(5, "root"),
                .command_line_path = path_of(6, "cmdline"),
                .signed_policy_path = "/nonexistent",
                .power_supply_path = "/nonexistent",
                .boot_disk = world.disk,
                .esp_path = path_of(7, "esp"),
                .tcti = "none",
        };
        world.watch = inotify_init1(IN_NONBLOCK);
        assert_true(inotify_add_watch(world.watch, world.disk, IN_CLOSE_WRITE | IN_MODIFY) >= 0);
        return 0;
}

static int tear_down(void **state)
{
        (void)fclose(world.environment.output);
        (void)fclose(world.environment.errors);
        free(world.output);
        free(world.errors);
        (void)close(world.watch);
        (void)close(world.fd);
        scratch_remove(world.directory);
        return 0;
}

static bool disk_was_open_for_writing(void)
{
        char events[4096];
        return read(world.watch, events, sizeof(events)) > 0;
}

/* Runs a command line of at most four words behind the command's name. */
static int tell(int (*command)(const struct environment *, int, char **), const char *one, const char *two, const char *three)
{
        char *arguments[] = { (char *)"command", (char *)one, (char *)two, (char *)three, NULL };
        int count = 1;
        while (arguments[count])
                count++;
        rewind(world.environment.output);
        rewind(world.environment.errors);
        int status = command(&world.environment, count, arguments);
        fputc(0, world.environment.output);
        fputc(0, world.environment.errors);
        (void)fflush(world.environment.output);
        (void)fflush(world.environment.errors);
        return status;
}

static void assert_says(const char *text, const char *part)
{
        if (!strstr(text, part))
                fail_msg("\"%s\" is not in: %s", part, text);
}

static const char *member(struct json_object *object, const char *key)
{
        return json_object_get_string(json_object_object_get(object, key));
}

static struct json_object *json(int (*command)(const struct environment *, int, char **), const char *option, int expected)
{
        int status = tell(command, "--json", option, NULL);
        if (status != expected)
                fail_msg("exit status %d, not %d: %s%s", status, expected, world.output, world.errors);
        struct json_object *answer = json_tokener_parse(world.output);
        assert_non_null(answer);
        return answer;
}

static const char *severity_of(struct json_object *checkup, const char *name)
{
        struct json_object *checks = json_object_object_get(checkup, "checks");
        for (size_t i = 0; i < json_object_array_length(checks); i++)
                if (strcmp(member(json_object_array_get_idx(checks, i), "name"), name) == 0)
                        return member(json_object_array_get_idx(checks, i), "severity");
        return "absent";
}

static bool request_is_there(void)
{
        return faccessat(world.fd, "efivars/FactoryResetRequest-8cf2644b-4b0b-428f-9387-6d876050dc67", F_OK, 0) == 0;
}

/* -- plan -- */

static void a_plan_is_the_decisions_own_and_its_digest_is_over_its_text(void **state)
{
        struct json_object *plan = json(plan_command, NULL, STATUS_OK);
        const char *text = member(plan, "text");
        struct bytes bytes = { (const uint8_t *)text, strlen(text) };
        char digest[SHA256_SIZE * 2 + 1];
        uint8_t hash[SHA256_SIZE];
        sha256_chunks(&bytes, 1, hash);
        struct writer writer = writer_over(digest, sizeof(digest));
        writer_hex(&writer, hash, sizeof(hash));
        assert_string_equal(member(plan, "digest"), digest);
        assert_says(text, "erase  partition 4 \"state\" 0..104857600 method=zero why=may-hold-plain\n");
        assert_string_equal(member(plan, "basis"), "new-request");
        assert_string_equal(member(plan, "level"), "crypto");
        assert_int_equal(json_object_array_length(json_object_object_get(plan, "kept")), 3);
        assert_int_equal(json_object_array_length(json_object_object_get(plan, "refused")), 0);
        json_object_put(plan);
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_OK);
        assert_says(world.output, digest);
        assert_says(world.output, "overwritten with zeros, read back");
}

/* Whoever provisions, or compares, reads where each definition's partition will be, and under which name. */
static void a_plan_in_json_tells_slot_name_and_place_of_what_is_built(void **state)
{
        scratch_text(world.fd, "root/usr/lib/repart.d/30-srv.conf",
                     "[Partition]\nType=srv\nFormat=ext4\nUUID=11223344-5566-7788-99aa-bbccddeeff00\nSizeMinBytes=64M\n"
                     "SizeMaxBytes=64M\n");
        struct json_object *plan = json(plan_command, NULL, STATUS_OK);
        struct json_object *definitions = json_object_object_get(plan, "definitions");
        struct json_object *partitions = json_object_object_get(plan, "partitions");
        assert_int_equal(json_object_array_length(definitions), 2);
        struct json_object *rebuilt = json_object_array_get_idx(definitions, 0),
                           *created = json_object_array_get_idx(definitions, 1);
        assert_string_equal(member(rebuilt, "definition"), "20-state.conf");
        assert_string_equal(member(rebuilt, "state"), "rebuilt");
        assert_string_equal(member(rebuilt, "ofSlot"), "4");
        assert_string_equal(member(rebuilt, "slot"), "4");
        assert_string_equal(member(rebuilt, "label"), "state");
        assert_string_equal(member(rebuilt, "startBytes"), "52428800"); /* in the place of what it was */
        assert_null(member(rebuilt, "uuid"));                           /* a random one */
        assert_string_equal(member(created, "state"), "created");
        assert_null(member(created, "ofSlot"));
        assert_string_equal(member(created, "slot"), "5");
        assert_string_equal(member(created, "label"), "srv");
        assert_string_equal(member(created, "sizeBytes"), "67108864");
        assert_string_equal(member(created, "uuid"), "11223344-5566-7788-99aa-bbccddeeff00");
        assert_string_equal(member(created, "flags"), "0x0800000000000000"); /* grows */
        assert_int_equal(json_object_array_length(partitions), 4);
        assert_string_equal(member(json_object_array_get_idx(partitions, 0), "fate"), "esp");
        assert_string_equal(member(json_object_array_get_idx(partitions, 3), "fate"), "erased");
        json_object_put(plan);
}

/* The command line says what the image is, and a plan is made of it as the initrd would. */
static void of_an_image_of_usr_the_root_volume_is_planned(void **state)
{
        scratch_text(world.fd, "cmdline", "quiet usrhash=" ROOT_HASH "\n");
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_FAILURE);
        assert_says(world.errors, "an image of /usr has a definition with Type=root and Format=, for what is mounted at /");
        scratch_text(world.fd, "root/usr/lib/repart.d/10-root.conf",
                     "[Partition]\nType=linux-generic\nMountPoint=/\nFormat=ext4\nFactoryReset=yes\nSizeMinBytes=64M\n");
        struct json_object *plan = json(plan_command, NULL, STATUS_OK);
        struct json_object *definitions = json_object_object_get(plan, "definitions"),
                           *partitions = json_object_object_get(plan, "partitions");
        assert_string_equal(member(json_object_array_get_idx(definitions, 0), "definition"), "10-root.conf");
        assert_string_equal(member(json_object_array_get_idx(definitions, 0), "state"), "created");
        assert_string_equal(member(json_object_array_get_idx(partitions, 1), "fate"), "image");
        assert_string_equal(member(json_object_array_get_idx(partitions, 2), "fate"), "image");
        assert_string_equal(member(json_object_array_get_idx(partitions, 3), "fate"), "erased");
        json_object_put(plan);
}

static void what_is_on_the_esp_is_part_of_the_plan(void **state)
{
        struct json_object *before = json(plan_command, NULL, STATUS_OK);
        assert_int_equal(make_directories(world.fd, "esp/loader/addons", 0755), 0);
        scratch_text(world.fd, "esp/loader/addons/a.addon.efi", "x");
        struct json_object *after = json(plan_command, NULL, STATUS_OK);
        assert_string_not_equal(member(before, "digest"), member(after, "digest"));
        json_object_put(before);
        json_object_put(after);
}

static unsigned files_hashed;

int __real_esp_tree_hash(int root_fd, const char *path, uint8_t ret[static SHA256_SIZE]);
int __wrap_esp_tree_hash(int root_fd, const char *path, uint8_t ret[static SHA256_SIZE]);

int __wrap_esp_tree_hash(int root_fd, const char *path, uint8_t ret[static SHA256_SIZE])
{
        files_hashed++;
        return __real_esp_tree_hash(root_fd, path, ret);
}

/* It has some dozen MiB; as what this start came from and as a file of the list it is judged twice. */
static void the_boot_image_is_hashed_once(void **state)
{
        struct bytes content = { (const uint8_t *)"MZ", 2 };
        uint8_t hash[SHA256_SIZE];
        char list[128];
        struct writer writer = writer_over(list, sizeof(list));
        sha256_chunks(&content, 1, hash);
        writer_text(&writer, "EFI/a.efi ");
        writer_hex(&writer, hash, sizeof(hash));
        writer_char(&writer, '\n');
        assert_int_equal(make_directories(world.fd, "esp/EFI", 0755), 0);
        scratch_text(world.fd, "esp/EFI/a.efi", "MZ");
        scratch_text(world.fd, "root/usr/lib/cleanslate/esp.conf", list);
        struct handover handover = { .choice = { .mode = MODE_NORMAL }, .stub_partition = esp_uuid, .stub_file = "EFI/a.efi" };
        char text[HANDOVER_TEXT_MAX];
        size_t size;
        assert_int_equal(handover_format(&handover, text, sizeof(text), &size), ERR_OK);
        scratch_write(world.fd, "boot", text, size);
        files_hashed = 0;
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(files_hashed, 1);
}

/* Whoever looks at a plan sees what of before could still start the machine, whatever it is called. */
static void what_goes_and_what_stays_is_named(void **state)
{
        assert_int_equal(make_directories(world.fd, "esp/loader/addons", 0755), 0);
        assert_int_equal(make_directories(world.fd, "esp/EFI/old", 0755), 0);
        scratch_text(world.fd, "esp/loader/addons/a.addon.efi", "x");
        scratch_text(world.fd, "esp/EFI/old/grub\x1b[2Jx64.efi", "MZ");
        scratch_write(world.fd, "efivars/Driver0001-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\7\0\0\0x", 5);
        scratch_write(world.fd, "efivars/BootNext-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\x27\0\0\0\1\0", 6);
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_OK);
        assert_says(world.output, "goes: loader/addons/a.addon.efi (picked up at boot, not declared)\n");
        assert_says(world.output, "x64.efi (a boot loader, not declared)\n");
        assert_null(strchr(world.output, 0x1b));
        assert_says(world.output, "1 should go and cannot be removed\n");
        assert_says(world.output, "goes: Driver0001-8be4df61-93ca-11d2-aa0d-00e098032b8c (run by the firmware before any");
        assert_says(world.output, "cannot be removed: BootNext-8be4df61-93ca-11d2-aa0d-00e098032b8c (authenticated");
}

static void nothing_is_opened_for_writing(void **state)
{
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(tell(preflight_command, NULL, NULL, NULL), STATUS_OK);
        assert_int_equal(tell(doctor_command, NULL, NULL, NULL), STATUS_OK);
        assert_false(disk_was_open_for_writing());
        int fd = open(world.disk, O_WRONLY); /* the control: this is seen */
        assert_true(fd >= 0 && close(fd) == 0);
        assert_true(disk_was_open_for_writing());
}

static void what_would_stop_a_reset_is_said(void **state)
{
        struct json_object *plan = json(plan_command, "--level=purge", STATUS_REFUSED);
        struct json_object *refused = json_object_object_get(plan, "refused");
        assert_int_equal(json_object_array_length(refused), 1);
        assert_string_equal(member(json_object_array_get_idx(refused, 0), "name"), "level");
        json_object_put(plan);
        assert_int_equal(tell(plan_command, "--level=purge", NULL, NULL), STATUS_REFUSED);
        assert_says(world.output, "REFUSED");
        scratch_text(world.fd, "disk-id", "5b3a6c1e-08a4-4c42-9d0c-7f4b5f1d2a01\n");
        plan = json(plan_command, NULL, STATUS_REFUSED);
        assert_string_equal(member(json_object_array_get_idx(json_object_object_get(plan, "refused"), 0), "name"), "wrong-disk");
        json_object_put(plan);
}

static void an_error_in_the_policy_is_told_with_file_line_and_key(void **state)
{
        scratch_text(world.fd, "root/usr/lib/cleanslate/cleanslate.conf", "[Reset]\n\nfrobnicate=yes\n");
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_FAILURE);
        assert_says(world.errors, "cleanslate.conf:3: frobnicate");
        struct json_object *checkup = json(doctor_command, NULL, STATUS_REFUSED);
        assert_string_equal(severity_of(checkup, "policy"), "failure");
        assert_says(world.output, "cleanslate.conf:3: frobnicate");
        json_object_put(checkup);
}

static void what_cannot_be_known_is_said_instead_of_guessed(void **state)
{
        assert_int_equal(unlinkat(world.fd, "boot", 0), 0);
        struct json_object *plan = json(plan_command, NULL, STATUS_REFUSED); /* nobody has said which partition is the ESP */
        assert_says(world.output, "\"not-our-boot\"");
        assert_says(world.output, "\"root-unverified\"");
        json_object_put(plan);
}

static void a_device_that_the_only_vendor_can_reset_is_told_of(void **state)
{
        static const char words[] = "only the vendor can reset this device";
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_OK);
        assert_null(strstr(world.output, words));
        scratch_text(world.fd, "root/usr/lib/cleanslate/cleanslate.conf",
                     SETTINGS_CONF "[Menu]\nreset=off\nif-system-does-not-start=only the vendor can reset this device\n");
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_OK);
        assert_says(world.output, words);
        struct json_object *doctor = json(doctor_command, NULL, STATUS_OK);
        assert_string_equal(severity_of(doctor, "console"), "note");
        json_object_put(doctor);
}

static void a_level_below_the_policys_is_refused_in_words(void **state)
{
        scratch_text(world.fd, "root/usr/lib/cleanslate/cleanslate.conf", "[Reset]\nerase-level=clear\nwithout-tpm=plain\n");
        assert_int_equal(tell(plan_command, "--level=crypto", NULL, NULL), STATUS_USAGE);
        assert_says(world.errors, "erase-level=clear");
        assert_int_equal(tell(request_command, "--yes", "--level=crypto", NULL), STATUS_USAGE);
        assert_int_equal(tell(request_command, "--yes", "--no-tpm", NULL), STATUS_USAGE);
        assert_says(world.errors, "tpm-clear=required");
        assert_int_equal(tell(request_command, "--yes", "--level=most", NULL), STATUS_USAGE);
        assert_false(request_is_there());
}

/* -- preflight and doctor -- */

static void each_thing_that_is_missing_is_found(void **state)
{
        static const struct {
                const char *remove, *check;
        } cases[] = {
                { "root/usr/lib/cleanslate/manifest", "manifest" },
                { "root/usr/sbin/mkfs.ext4", "mkfs" },
                { "root/factory/file", "factory-files" },
                { "boot", "boot" },
        };
        struct json_object *checkup = json(preflight_command, NULL, STATUS_OK);
        assert_string_equal(severity_of(checkup, "variable-store"), "good");
        assert_string_equal(severity_of(checkup, "secure-boot"), "absent");
        json_object_put(checkup);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char aside[64] = "aside";
                assert_int_equal(renameat(world.fd, cases[i].remove, world.fd, aside), 0);
                if (i == 2) /* the directory it was in, too: an empty tree is a tree */
                        assert_int_equal(unlinkat(world.fd, "root/factory", AT_REMOVEDIR), 0);
                checkup = json(preflight_command, NULL, STATUS_REFUSED);
                assert_string_equal(severity_of(checkup, cases[i].check), "failure");
                json_object_put(checkup);
                assert_int_equal(make_directories(world.fd, "root/factory", 0755), 0);
                assert_int_equal(renameat(world.fd, aside, world.fd, cases[i].remove), 0);
        }
        json_object_put(json(preflight_command, NULL, STATUS_OK));
}

/* It is there, and no program: only whoever starts it learns that. As root, who may make a cage; others leave it to the reset. */
static void a_mkfs_that_does_not_work_is_found_by_running_it(void **state)
{
        static const char *const names[] = { "root/dev", "root/proc", "root/run", "root/sys", "root/tmp" };
        struct json_object *preflight = json(preflight_command, NULL, STATUS_OK);
        assert_string_equal(severity_of(preflight, "mkfs"), "good"); /* the control: by looking, nothing is wrong with it */
        json_object_put(preflight);
        make_directories_of(names, ARRAY_SIZE(names));
        world.environment.tries_makers = true;
        preflight = json(preflight_command, NULL, geteuid() == 0 ? STATUS_REFUSED : STATUS_OK);
        assert_string_equal(severity_of(preflight, "mkfs"), geteuid() == 0 ? "failure" : "good");
        json_object_put(preflight);
        assert_false(disk_was_open_for_writing());
}

static void an_empty_battery_fails_the_preflight(void **state)
{
        world.environment.power_supply_path = path_of(8, "power");
        assert_int_equal(make_directories(world.fd, "power/BAT0", 0755), 0);
        scratch_text(world.fd, "power/BAT0/type", "Battery\n");
        scratch_text(world.fd, "power/BAT0/status", "Discharging\n");
        scratch_text(world.fd, "power/BAT0/capacity", "12\n");
        struct json_object *checkup = json(preflight_command, NULL, STATUS_REFUSED);
        assert_string_equal(severity_of(checkup, "power"), "failure");
        json_object_put(checkup);
        assert_int_equal(make_directories(world.fd, "power/AC", 0755), 0);
        scratch_text(world.fd, "power/AC/type", "Mains\n");
        scratch_text(world.fd, "power/AC/online", "1\n");
        json_object_put(json(preflight_command, NULL, STATUS_OK));
}

static void a_malformed_request_is_named_with_its_remedy(void **state)
{
        scratch_text(world.fd, "efivars/FactoryResetRequest-8cf2644b-4b0b-428f-9387-6d876050dc67", "\7\0\0\0{");
        assert_int_equal(tell(doctor_command, NULL, NULL, NULL), STATUS_OK);
        assert_says(world.output, "-> cleanslate cancel");
}

static void a_tpm_is_asked_and_seals(void **state)
{
        struct swtpm *swtpm = NULL;
        uint8_t pcr[SHA256_SIZE] = { 0 };
        char signatures[JSON_MAX];
        assert_int_equal(swtpm_start((void **)&swtpm), 0);
        pcr_extend(sha256_chunks, pcr, ".linux", 6);
        pcr_extend_phases(sha256_chunks, pcr, PHASE_ENTER_INITRD);
        sign_pcr(swtpm, pcr, signatures);
        world.environment.tcti = swtpm->tcti;
        world.environment.signed_policy_path = world.directory;
        scratch_text(world.fd, "tpm2-pcr-public-key.pem", swtpm->public_pem);
        scratch_text(world.fd, "tpm2-pcr-signature.json", signatures);
        scratch_text(world.fd, "root/usr/lib/repart.d/20-state.conf", STATE_CONF "Encrypt=tpm2\n");
        scratch_text(world.fd, "root/usr/lib/cleanslate/cleanslate.conf", "[Reset]\n");
        struct json_object *checkup = json(preflight_command, NULL, STATUS_REFUSED); /* nothing has measured the image */
        assert_string_equal(severity_of(checkup, "tpm-measured"), "failure");
        assert_string_equal(severity_of(checkup, "tpm-sealing"), "unknown");
        json_object_put(checkup);
        assert_int_equal(run(swtpm, "printf .linux >event && tpm2_pcrevent 11 event"), 0);
        checkup = json(preflight_command, NULL, STATUS_OK);
        assert_string_equal(severity_of(checkup, "tpm-measured"), "good");
        assert_string_equal(severity_of(checkup, "tpm-sealing"), "good");
        assert_string_equal(severity_of(checkup, "tpm-clear"), "good");
        json_object_put(checkup);
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_OK);
        assert_says(world.output, "encrypted, key sealed by the TPM");
        assert_says(world.output, "cleared by this program, at once");
        scratch_text(world.fd, "tpm2-pcr-public-key.pem", "-----BEGIN PUBLIC KEY-----\nnone\n-----END PUBLIC KEY-----\n");
        checkup = json(preflight_command, NULL, STATUS_REFUSED);
        assert_string_equal(severity_of(checkup, "tpm-sealing"), "failure");
        json_object_put(checkup);
        scratch_text(world.fd, "tpm2-pcr-public-key.pem", swtpm->public_pem);
        scratch_text(world.fd, "tpm2-pcr-signature.json", "{}"); /* nothing that the key has signed */
        checkup = json(preflight_command, NULL, STATUS_REFUSED);
        assert_string_equal(severity_of(checkup, "tpm-sealing"), "failure");
        json_object_put(checkup);
        assert_int_equal(swtpm_stop((void **)&swtpm), 0);
}

/* -- request -- */

static void a_failing_preflight_stops_a_request_unless_it_is_forced(void **state)
{
        assert_int_equal(unlinkat(world.fd, "root/usr/sbin/mkfs.ext4", 0), 0);
        assert_int_equal(tell(request_command, "--yes", NULL, NULL), STATUS_REFUSED);
        assert_says(world.output, "mkfs.ext4");
        assert_false(request_is_there());
        assert_int_equal(tell(request_command, "--yes", "--force", NULL), STATUS_OK);
        assert_true(request_is_there());
}

static int answer(const char *typed)
{
        world.environment.input = fmemopen((char *)typed, strlen(typed), "r");
        int status = tell(request_command, NULL, NULL, NULL);
        (void)fclose(world.environment.input);
        world.environment.input = NULL;
        return status;
}

static void only_the_word_itself_confirms(void **state)
{
        static const char *const wrong[] = { "yes\n", "Reset\n", "reset", "reset reset\n", "\n", "reset\x1b\n" };
        assert_int_equal(tell(request_command, NULL, NULL, NULL), STATUS_USAGE);
        assert_says(world.errors, "--yes");
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                assert_int_equal(answer(wrong[i]), STATUS_FAILURE);
                assert_false(request_is_there());
        }
        assert_int_equal(answer("reset\n"), STATUS_OK);
        assert_says(world.output, "overwritten with zeros");
        assert_true(request_is_there());
        assert_int_equal(json_object_put(json(plan_command, NULL, STATUS_OK)), 1);
        assert_says(world.output, "\"basis\":\"pending-request\"");
}

static void people_who_are_not_root_are_told_so(void **state)
{
        world.environment.effective_user = 1000;
        assert_int_equal(tell(plan_command, NULL, NULL, NULL), STATUS_FAILURE);
        assert_says(world.errors, "only root");
        assert_int_equal(tell(preflight_command, NULL, NULL, NULL), STATUS_FAILURE);
        assert_int_equal(tell(doctor_command, "--help", NULL, NULL), STATUS_OK);
        assert_int_equal(tell(doctor_command, "--frobnicate", NULL, NULL), STATUS_USAGE);
        assert_int_equal(tell(plan_command, "now", NULL, NULL), STATUS_USAGE);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_plan_is_the_decisions_own_and_its_digest_is_over_its_text),
                TEST(a_plan_in_json_tells_slot_name_and_place_of_what_is_built),
                TEST(of_an_image_of_usr_the_root_volume_is_planned),
                TEST(what_is_on_the_esp_is_part_of_the_plan),
                TEST(what_goes_and_what_stays_is_named),
                TEST(the_boot_image_is_hashed_once),
                TEST(nothing_is_opened_for_writing),
                TEST(what_would_stop_a_reset_is_said),
                TEST(an_error_in_the_policy_is_told_with_file_line_and_key),
                TEST(what_cannot_be_known_is_said_instead_of_guessed),
                TEST(a_device_that_the_only_vendor_can_reset_is_told_of),
                TEST(a_level_below_the_policys_is_refused_in_words),
                TEST(each_thing_that_is_missing_is_found),
                TEST(a_mkfs_that_does_not_work_is_found_by_running_it),
                TEST(an_empty_battery_fails_the_preflight),
                TEST(a_malformed_request_is_named_with_its_remedy),
                TEST(a_tpm_is_asked_and_seals),
                TEST(a_failing_preflight_stops_a_request_unless_it_is_forced),
                TEST(only_the_word_itself_confirms),
                TEST(people_who_are_not_root_are_told_so),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
