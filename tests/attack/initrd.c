/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's initrd, for one boot: its own program from main() on, as PID 1 of namespaces of its own, on a loop device and a
 * software TPM. Replaced is only what this kernel may lack, and what would reach the host: dm-verity (the image is a directory),
 * the mount of the ESP (a directory), efivarfs (a directory), kernel modules, consoles, the restart. mkfs runs in its cage.
 * `attack-initrd MACHINE LOOP [FURTHER LOOP]` exits with one of the values below. Written for tests/attack/machine.py.
 *
 *     MACHINE/image/ esp/ variables/ ppi/   what stands for them
 *     MACHINE/extra/                        /.extra of the initrd
 *     MACHINE/cmdline kmsg console boot-id  the kernel's command line; what was said; another one in each boot
 *     MACHINE/trouble                       of the recovery page
 *     MACHINE/mounts                        the mount table when the image's init would run
 *     MACHINE/init-runs                     if it is there, that init does run, as PID 1 of the container
 *     MACHINE/good                          if it is there, the system tells that it has started, as `cleanslate boot-ok` does
 *     MACHINE/chosen                        at the page, of what it offers: "cancel" or "try again"
 *     MACHINE/personality                   that of the firmware, by its name in variable-store.c
 *     MACHINE/cut                           where the power fails in this boot, if it does: see cut_behind()
 *
 * $ATTACK_COVERAGE: the directory where a build with --coverage counts lines; in the container it is where it is outside.
 */
#include "initrd/normal.h"
#include "initrd/recovery.h"
#include "initrd/root-open.h"
#include "linux/base/file.h"
#include "linux/base/modules.h"
#include "linux/disk/disks.h"
#include "linux/disk/gpt-write.h"
#include "linux/disk/kernel-partition.h"
#include "linux/efi/ppi.h"
#include "linux/efi/progress-store.h"
#include "linux/efi/retire.h"
#include "linux/erase/erase-engine.h"
#include "linux/media/media-purge.h"
#include "linux/media/media.h"
#include "tests/attack/variable-store.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum end { END_RESTART = 40, END_POWER_OFF, END_PAGE, END_STARTED, END_BROKEN, END_CUT };

#define HERE           "/machine"
#define STORE_OVERHEAD 100      /* header and name of a variable, about as edk2 has them */
#define IMAGE          "/image" /* several machines share one */

int initrd_main(void); /* initrd/main.c's main() */

static const char *loop_device, *additional_disk; /* NULL = none */

void __gcov_dump(void) __attribute__((weak)); /* of gcc, in a build with --coverage */

/* PID 1 ends where a machine would, past everything that programs do at their end. */
static _Noreturn void end(int how)
{
        if (__gcov_dump)
                __gcov_dump();
        _exit(how);
}

static _Noreturn void broken(const char *what)
{
        fprintf(stderr, "attack-initrd: %s: %s\n", what, strerror(errno));
        end(END_BROKEN);
}

/* The machine in place of the host. */

int __real_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
int __wrap_reboot(int how);
int __wrap_blockdev_each_disk(int (*visit)(void *context, const char *disk_path), void *context);
int __real_efivarfs_open(const char *path, struct efivarfs *ret);
int __wrap_efivarfs_open(const char *path, struct efivarfs *ret);
int __real_efivarfs_write(const struct efivarfs *store, const struct guid *vendor, const char *name, const void *value,
                          size_t size);
int __wrap_efivarfs_write(const struct efivarfs *store, const struct guid *vendor, const char *name, const void *value,
                          size_t size);
int __real_efivarfs_has_room(const struct efivarfs *store, size_t size);
int __wrap_efivarfs_has_room(const struct efivarfs *store, size_t size);
int __real_efivarfs_remove(const struct efivarfs *store, const struct guid *vendor, const char *name);
int __wrap_efivarfs_remove(const struct efivarfs *store, const struct guid *vendor, const char *name);
int __real_kernel_partition_add(const char *disk_path, uint32_t number, uint64_t start_bytes, uint64_t size_bytes);
int __wrap_kernel_partition_add(const char *disk_path, uint32_t number, uint64_t start_bytes, uint64_t size_bytes);
int __real_kernel_partition_remove(const char *disk_path, uint32_t number);
int __wrap_kernel_partition_remove(const char *disk_path, uint32_t number);
int __real_tpm_open(const char *tcti, struct tpm **ret);
int __wrap_tpm_open(const char *tcti, struct tpm **ret);
int __real_ppi_read_offer(const char *directory, struct ppi_clear_offer *ret);
int __wrap_ppi_read_offer(const char *directory, struct ppi_clear_offer *ret);
int __real_ppi_request(const char *directory, uint32_t operation, enum ppi_transition *ret_leave);
int __wrap_ppi_request(const char *directory, uint32_t operation, enum ppi_transition *ret_leave);
int __real_ppi_read_answer(const char *directory, uint32_t *ret_pending, struct ppi_response *ret);
int __wrap_ppi_read_answer(const char *directory, uint32_t *ret_pending, struct ppi_response *ret);
int __wrap_uevent_wait(int fd, int timeout_ms);
int __real_erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options);
int __wrap_erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options);
int __real_blockdev_discard(const char *path, uint64_t offset, uint64_t length);
int __wrap_blockdev_discard(const char *path, uint64_t offset, uint64_t length);
int __real_progress_store_commit(struct progress_store *store, struct progress *progress);
int __wrap_progress_store_commit(struct progress_store *store, struct progress *progress);
int __real_gpt_put(const char *disk_path, const struct gpt_entry *entries, size_t count);
int __wrap_gpt_put(const char *disk_path, const struct gpt_entry *entries, size_t count);
int __real_gpt_write_id(const char *disk_path, const struct guid *id);
int __wrap_gpt_write_id(const char *disk_path, const struct guid *id);
int __real_disks_read(struct inventory *inventory);
int __wrap_disks_read(struct inventory *inventory);
int __wrap_modules_open(struct kmod_ctx **ret);
int __wrap_root_open(struct boot_context *context, const char *mapping, const struct root_image *image);
int __real_normal_switch_root(struct boot_context *context);
int __wrap_normal_switch_root(struct boot_context *context);
_Noreturn void __wrap_recovery_page(struct boot_context *context, bool anything_destroyed);

static int bind(const char *source, const char *target, bool read_only)
{
        if (__real_mount(source, target, NULL, MS_BIND, NULL) < 0)
                return -1;
        return read_only ? __real_mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) : 0;
}

static void cover(const char *name, const char *target)
{
        char path[128];
        (void)snprintf(path, sizeof(path), HERE "/%s", name);
        if (bind(path, target, false) < 0 && errno != ENOENT)
                broken(target);
}

int __wrap_mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data)
{
        if (type && strcmp(type, "vfat") == 0)
                return bind(HERE "/esp", target, flags & MS_RDONLY);
        if (source && strcmp(source, "/dev/mapper/root") == 0)
                return bind(IMAGE, target, true);
        if (source && strcmp(source, "/dev/mapper/usr") == 0)
                return bind(IMAGE "/usr", target, true);
        if (type && strcmp(type, "efivarfs") == 0) {
                errno = EBUSY; /* it is there already */
                return -1;
        }
        int r = __real_mount(source, target, type, flags, data);
        if (r < 0 || !type)
                return r;
        if (strcmp(type, "proc") == 0) {
                cover("cmdline", "/proc/cmdline");
                cover("boot-id", "/proc/sys/kernel/random/boot_id");
                cover("ignored", "/proc/sys/kernel/printk_devkmsg");
        } else if (strcmp(type, "sysfs") == 0) {
                cover("consoles", "/sys/class/tty/console/active");
                cover("ignored", "/sys/kernel/reboot/mode");
        } else if (strcmp(type, "devtmpfs") == 0) {
                cover("kmsg", "/dev/kmsg");
                cover("console", "/dev/console");
        }
        return 0;
}

int __wrap_reboot(int how)
{
        end(how == RB_POWER_OFF ? END_POWER_OFF : END_RESTART);
}

int __wrap_blockdev_each_disk(int (*visit)(void *context, const char *disk_path), void *context)
{
        int r = visit(context, loop_device);
        return r == 0 && additional_disk ? visit(context, additional_disk) : r;
}

/* What comes and goes on the host is none of this machine's devices. */
int __wrap_uevent_wait(int fd, int timeout_ms)
{
        (void)usleep(10000);
        return 0;
}

/* "commit PHASE", "entry", "disk-name", "shown" or "hidden": the power fails right behind the first of these. */
static void cut_behind(const char *what)
{
        char wanted[64] = "";
        FILE *file = fopen(HERE "/cut", "re");
        if (!file)
                return;
        if (!fgets(wanted, sizeof(wanted), file))
                wanted[0] = 0;
        (void)fclose(file);
        if (strcmp(wanted, what) == 0)
                end(END_CUT);
}

int __wrap_progress_store_commit(struct progress_store *store, struct progress *progress)
{
        char what[64];
        int r = __real_progress_store_commit(store, progress);
        (void)snprintf(what, sizeof(what), "commit %s", reset_phase_name(progress->phase));
        cut_behind(what);
        return r;
}

int __wrap_gpt_put(const char *disk_path, const struct gpt_entry *entries, size_t count)
{
        int r = __real_gpt_put(disk_path, entries, count);
        cut_behind("entry");
        return r;
}

/* What it shows is gone with the power: the next start is of another loop device. */
int __wrap_kernel_partition_add(const char *disk_path, uint32_t number, uint64_t start_bytes, uint64_t size_bytes)
{
        int r = __real_kernel_partition_add(disk_path, number, start_bytes, size_bytes);
        cut_behind("shown");
        return r;
}

int __wrap_kernel_partition_remove(const char *disk_path, uint32_t number)
{
        int r = __real_kernel_partition_remove(disk_path, number);
        cut_behind("hidden");
        return r;
}

int __wrap_gpt_write_id(const char *disk_path, const struct guid *id)
{
        int r = __real_gpt_write_id(disk_path, id);
        cut_behind("disk-name");
        return r;
}

/* A disk that takes the command and does nothing, as it may: discarding is only a hint. */
int __wrap_blockdev_discard(const char *path, uint64_t offset, uint64_t length)
{
        return access(HERE "/discard-does-nothing", F_OK) == 0 ? 0 : __real_blockdev_discard(path, offset, length);
}

/* A medium with one sector that cannot be written, 8 MiB into what is overwritten with contents' pattern: a loop device has none,
 * so the engine's answer is added to. */
int __wrap_erase_write(struct erase_task *tasks, size_t count, const struct erase_options *options)
{
        const uint64_t bad = UINT64_C(8) << 20;
        int r = __real_erase_write(tasks, count, options);
        for (size_t i = 0; i < count && access(HERE "/bad-sector", F_OK) == 0; i++)
                if (!tasks[i].write_only && tasks[i].length_bytes > bad)
                        bad_ranges_add(&tasks[i].outcome.unwritable, tasks[i].offset_bytes + bad, 512);
        return r;
}

/* A loop device is nobody's disk; the additional one is one of these machines'. */
int __wrap_disks_read(struct inventory *inventory)
{
        int r = __real_disks_read(inventory);
        for (size_t i = 0; i < inventory->disk_count; i++) {
                struct inventory_disk *disk = &inventory->disks[i];
                if (!additional_disk || strcmp(disk->path, additional_disk) != 0)
                        continue;
                disk->is_virtual = false;
                (void)media_read(disk->path, &disk->media);
                (void)snprintf(disk->media.serial, sizeof(disk->media.serial), "FURTHER");
        }
        return r;
}

int __wrap_efivarfs_open(const char *path, struct efivarfs *ret)
{
        int r = __real_efivarfs_open(path ? path : HERE "/variables", ret);
        if (r == 0)
                variable_store_begin(ret->directory_fd, HERE "/personality");
        return r;
}

/* What a firmware says to a plain write to, or removal of, a variable that is there (UEFI 2.10, 8.2), in the kernel's words: one
 * that only boot services see is write-protected behind them, an authenticated one takes whoever signs, and nobody here does; of
 * any other the attributes do not change. 0: it takes it. */
static int refusal(const struct guid *vendor, const char *name, bool removal)
{
        char path[256], text[GUID_TEXT_SIZE];
        uint32_t attributes = EFI_VARIABLE_NV_BS_RT;
        guid_format(vendor, text);
        (void)snprintf(path, sizeof(path), HERE "/private/%s-%s", name, text);
        if (access(path, F_OK) == 0)
                return removal ? -ENOENT : -EROFS;
        (void)snprintf(path, sizeof(path), HERE "/variables/%s-%s", name, text);
        FILE *file = fopen(path, "re"); /* whatever Linux shows of it */
        if (file && fread(&attributes, 1, sizeof(attributes), file) != sizeof(attributes))
                attributes = EFI_VARIABLE_NV_BS_RT;
        if (file)
                (void)fclose(file);
        if (attributes & (0x10 | 0x20 | 0x80))
                return removal ? -EACCES : -EROFS;
        return removal || attributes == EFI_VARIABLE_NV_BS_RT ? 0 : -EINVAL;
}

static bool read_number(const char *path, size_t *ret)
{
        FILE *file = fopen(path, "re");
        if (!file)
                return false;
        if (fscanf(file, "%zu", ret) != 1)
                broken(path);
        (void)fclose(file);
        return true;
}

/* A store with room for so many bytes in one variable, if the file says so; and one that has room for so many in all behind the
 * start, and tidies up only before it (edk2), if that file does. */
static size_t stored;
static bool has_room(size_t size)
{
        size_t most, all;
        if (read_number(HERE "/room", &most) && size > most)
                return false;
        if (!read_number(HERE "/store-room", &all))
                return true;
        if (stored + size + STORE_OVERHEAD > all)
                return false;
        stored += size + STORE_OVERHEAD;
        return true;
}

int __wrap_efivarfs_has_room(const struct efivarfs *store, size_t size)
{
        size_t all;
        if (!read_number(HERE "/store-room", &all))
                return __real_efivarfs_has_room(store, size);
        if (access(HERE "/store-room-unknown", F_OK) == 0)
                return 0;
        return stored + size <= all ? 1 : -ENOSPC;
}

int __wrap_efivarfs_write(const struct efivarfs *store, const struct guid *vendor, const char *name, const void *value,
                          size_t size)
{
        int r = refusal(vendor, name, false);
        if (r == 0 && !has_room(size))
                return -ENOSPC;
        return r < 0 ? r : __real_efivarfs_write(store, vendor, name, value, size);
}

int __wrap_efivarfs_remove(const struct efivarfs *store, const struct guid *vendor, const char *name)
{
        int r = refusal(vendor, name, true);
        return r < 0 && r != -ENOENT ? r : __real_efivarfs_remove(store, vendor, name);
}

int __wrap_tpm_open(const char *tcti, struct tpm **ret)
{
        const char *ours = getenv("ATTACK_TCTI");
        return ours ? __real_tpm_open(ours, ret) : -ENODEV;
}

int __wrap_ppi_read_offer(const char *directory, struct ppi_clear_offer *ret)
{
        return __real_ppi_read_offer(HERE "/ppi", ret);
}

int __wrap_ppi_request(const char *directory, uint32_t operation, enum ppi_transition *ret_leave)
{
        return __real_ppi_request(HERE "/ppi", operation, ret_leave);
}

int __wrap_ppi_read_answer(const char *directory, uint32_t *ret_pending, struct ppi_response *ret)
{
        return __real_ppi_read_answer(HERE "/ppi", ret_pending, ret);
}

int __wrap_modules_open(struct kmod_ctx **ret)
{
        return -ENOENT;
}

int __wrap_root_open(struct boot_context *context, const char *mapping, const struct root_image *image)
{
        return 0;
}

int __wrap_normal_switch_root(struct boot_context *context)
{
        char *table = NULL;
        size_t size = 0;
        FILE *file = fopen(HERE "/mounts", "we");
        if (!file || file_read(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &table, &size) < 0 ||
            fwrite(table, 1, size, file) != size || fclose(file) != 0)
                broken("the mount table");
        if (access(HERE "/good", F_OK) == 0)
                (void)retire_boot_count(&context->variables, false);
        if (access(HERE "/init-runs", F_OK) == 0)
                return __real_normal_switch_root(context);
        end(END_STARTED);
}

static void choose_at_page(struct boot_context *context)
{
        char choice[32] = "";
        FILE *file = fopen(HERE "/chosen", "re");
        if (!file)
                return;
        if (!fgets(choice, sizeof(choice), file))
                broken("what is chosen");
        (void)fclose(file);
        if (strcmp(choice, "cancel") != 0 && strcmp(choice, "try again") != 0)
                broken(choice);
        int r = strcmp(choice, "cancel") == 0 ? retire_request(&context->variables, true) : 0;
        if (r >= 0)
                r = retire_boot_count(&context->variables, true);
        if (r >= 0)
                end(END_RESTART);
        (void)snprintf(context->trouble, sizeof(context->trouble), "%s", strerror(-r));
}

_Noreturn void __wrap_recovery_page(struct boot_context *context, bool anything_destroyed)
{
        const struct recovery_facts facts = recovery_facts_of(context, anything_destroyed);
        choose_at_page(context);
        FILE *file = fopen(HERE "/trouble", "we"), *state = fopen(HERE "/old-data", "we");
        if (!file || fputs(context->trouble, file) < 0 || fclose(file) != 0 || !state ||
            fputs(recovery_state_text(&facts), state) < 0 || fclose(state) != 0)
                broken("the page's text");
        end(END_PAGE);
}

/* The container. */

static void let_in(const char *directory)
{
        char path[1024];
        (void)snprintf(path, sizeof(path), "root%s", directory);
        if (make_directories(AT_FDCWD, path, 0755) < 0 || bind(directory, path, false) < 0)
                broken(path);
}

static void make_root(const char *machine)
{
        static const char *const directories[] = { "root", "root/usr", "root/etc", "root/machine", "root/image", "root/tmp" };
        static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
        char text[64];
        if (__real_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || chdir(machine) < 0)
                broken(machine);
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                if (mkdir(directories[i], 0755) < 0 && errno != EEXIST)
                        broken(directories[i]);
                if (i == 0 && __real_mount("tmpfs", "root", "tmpfs", MS_NOSUID, "size=16m") < 0)
                        broken("a tmpfs");
        }
        for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
                char path[64];
                (void)snprintf(text, sizeof(text), "usr/%s", links[i]);
                (void)snprintf(path, sizeof(path), "root/%s", links[i]);
                if (symlink(text, path) < 0)
                        broken(path);
        }
        if (bind("/usr", "root/usr", true) < 0 || bind("/etc", "root/etc", true) < 0 || bind("/tmp", "root/tmp", false) < 0 ||
            bind(machine, "root/machine", false) < 0 || bind("image", "root/image", true) < 0 ||
            symlink("machine/extra", "root/.extra") < 0)
                broken("the initrd's root");
        if (getenv("ATTACK_COVERAGE"))
                let_in(getenv("ATTACK_COVERAGE"));
        if (chroot("root") < 0 || chdir("/") < 0)
                broken("chroot");
}

int main(int argc, char **argv)
{
        int status;
        if (argc < 3)
                return END_BROKEN;
        loop_device = argv[2];
        additional_disk = argv[3];
        if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0)
                broken("namespaces (this needs root)");
        pid_t child = fork();
        if (child == 0) {
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                make_root(argv[1]);
                end(initrd_main());
        }
        if (child < 0 || waitpid(child, &status, 0) < 0)
                broken("fork");
        return WIFEXITED(status) ? WEXITSTATUS(status) : END_BROKEN;
}
