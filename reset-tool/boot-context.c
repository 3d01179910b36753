/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/boot-context.h"

#include "common/base/safe-text.h"
#include "common/boot/handover.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/efi/progress-store.h"
#include "linux/record/break-glass-trace.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#define OS_RELEASE_MAX  65536
#define BOOT_ID_MAX     64
#define REQUEST_FILE    REQUEST_VARIABLE_NAME "-8cf2644b-4b0b-428f-9387-6d876050dc67"
#define DUMP_PREFIX     "dump-" /* the kernel's crash dumps (efi-pstore) */
#define DUMPS_NAMED_MAX 3

bool explain(struct explanation *ret, const char *format, ...)
{
        char text[sizeof(ret->text)];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        (void)safe_text(text, ret->text, sizeof(ret->text)); /* names and words of others come in by the arguments */
        return false;
}

static const char *variables_path(const struct environment *environment)
{
        return environment->variables_path ? environment->variables_path : EFIVARFS_PATH;
}

static bool gather_os(const struct environment *environment, struct boot_context *context, struct explanation *why)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        const char *path = environment->os_release_paths[0];
        int r = file_read(AT_FDCWD, path, OS_RELEASE_MAX, &text, &size);
        if (r == -ENOENT) {
                path = environment->os_release_paths[1];
                r = file_read(AT_FDCWD, path, OS_RELEASE_MAX, &text, &size);
        }
        if (r < 0)
                return explain(why, "Cannot read %s, which says for which system a request is: %s.", path, strerror(-r));
        enum err err = os_identity_parse(text, size, &context->os);
        if (err != ERR_OK)
                return explain(why, "Cannot use %s, which says for which system a request is: it %s. See os-release(5).", path,
                               err_text(err));
        return true;
}

static bool gather_boot_id(const struct environment *environment, struct boot_context *context, struct explanation *why)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = file_read(AT_FDCWD, environment->boot_id_path, BOOT_ID_MAX, &text, &size);
        if (r < 0)
                return explain(why, "Cannot read the boot id from %s: %s. Is /proc mounted?", environment->boot_id_path,
                               strerror(-r));
        while (size > 0 && text[size - 1] == '\n')
                size--;
        if (!id128_parse(text, size, &context->boot_id))
                return explain(why, "Cannot use the boot id in %s: it is not a UUID.", environment->boot_id_path);
        return true;
}

static bool open_variables(const struct environment *environment, struct boot_context *context, struct explanation *why)
{
        const char *path = variables_path(environment);
        if (access(environment->firmware_path, F_OK) < 0)
                return explain(
                        why,
                        "Cannot use EFI variables: %s does not exist, so this system was not started by EFI firmware. Cleanslate "
                        "needs EFI: switch the firmware from legacy (BIOS, CSM) to UEFI boot.",
                        environment->firmware_path);
        int r = efivarfs_open(environment->variables_path, &context->variables);
        if (r == -EOPNOTSUPP)
                return explain(why, "Cannot use EFI variables: efivarfs is not mounted. Mount it: mount -t efivarfs efivarfs %s",
                               path);
        if (r == -ENOENT)
                return explain(why,
                               "Cannot use EFI variables: %s does not exist. The kernel lacks efivarfs, or runs with "
                               "efi=noruntime on its "
                               "command line.",
                               path);
        if (r < 0)
                return explain(why, "Cannot open the EFI variables in %s: %s.", path, strerror(-r));
        return true;
}

static bool gather_request(const struct environment *environment, struct boot_context *context, struct explanation *why)
{
        _cleanup_free_ void *value = NULL;
        size_t size = 0;
        int r = efivarfs_read_ordinary(&context->variables, &guid_systemd_factory_reset, REQUEST_VARIABLE_NAME, &value, &size);
        if (r == -E2BIG || r == -EIO || r == -EPERM) { /* it is there, and none that could be ours */
                context->request_state = REQUEST_MALFORMED;
                context->request_err = r == -E2BIG ? ERR_TOO_LARGE : r == -EPERM ? ERR_RANGE : ERR_TRUNCATED;
                return true;
        }
        if (r < 0 && r != -ENOENT)
                return explain(why, "Cannot read the reset request in %s/%s: %s.%s", variables_path(environment), REQUEST_FILE,
                               strerror(-r), r == -EACCES ? " Run this as root." : "");
        context->request_state =
                request_judge(value, size, &context->os, &context->boot_id, &context->request, &context->request_err);
        return true;
}

static bool gather_progress(const struct environment *environment, struct boot_context *context, struct explanation *why)
{
        struct progress_store store;
        int r = progress_store_read(&context->variables, NULL, &store, &context->progress);
        if (r < 0)
                return explain(why, "Cannot read how far a reset has come (%s* in %s): %s.%s", "CleanslateProgress",
                               variables_path(environment), strerror(-r), r == -EACCES ? " Run this as root." : "");
        return true;
}

/* Root can write the variables, and the stub tells whose work they are: with a reset under way it starts no ordinary boot. */
static void judge_progress(struct boot_context *context, const struct handover *handover)
{
        const struct progress *progress = &context->progress;
        if (progress_is_under_way(progress) && handover->choice.mode == MODE_NORMAL) {
                context->progress_proof = PROGRESS_CONTRADICTED;
                memset(&context->progress, 0, sizeof(context->progress));
        } else if (progress->phase == PHASE_DONE && id128_equal(&progress->reset_id, &handover->last_reset)) {
                context->progress_proof = PROGRESS_CONFIRMED;
        }
}

/* Absent or unreadable is no failure: an initrd of another make hands nothing down. */
static void gather_mode(const struct environment *environment, struct boot_context *context)
{
        _cleanup_free_ char *text = NULL;
        struct handover handover;
        size_t size;
        if (file_read(AT_FDCWD, environment->handover_path, HANDOVER_TEXT_MAX, &text, &size) < 0 ||
            handover_parse(text, size, &handover) != ERR_OK)
                return;
        context->mode_known = true;
        context->mode = handover.choice.mode;
        context->last_reset = handover.last_reset;
        context->reseal = handover.reseal;
        context->reseal_starts = handover.reseal_starts;
        context->reseal_number = handover.reseal_number;
        context->stub_is_other = handover.stub_is_other;
        context->stub_partition = handover.stub_partition;
        memcpy(context->stub_file, handover.stub_file, sizeof(context->stub_file));
        judge_progress(context, &handover);
}

/* Whatever else is there, no stub acts on it. */
static void gather_reseal(struct boot_context *context)
{
        _cleanup_free_ void *value = NULL;
        struct reseal_request request;
        size_t size;
        if (efivarfs_read_ordinary(&context->variables, &guid_cleanslate, RESEAL_VARIABLE_NAME, &value, &size) < 0 ||
            reseal_request_decode(value, size, &request) != ERR_OK)
                return;
        context->reseal_requested = true;
        context->reseal_verb = request.verb;
}

/* Absent or unreadable is no failure: a request without a disk is as good as one of systemd's own. */
static void gather_disk(const struct environment *environment, struct boot_context *context)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        if (environment->disk_path && file_read(AT_FDCWD, environment->disk_path, GUID_TEXT_SIZE, &text, &size) == 0)
                (void)guid_parse(text, strcspn(text, "\n"), &context->disk_uuid);
}

bool boot_context_gather(const struct environment *environment, struct boot_context *ret, struct explanation *ret_why)
{
        struct boot_context context = { .variables.directory_fd = -1 };
        if (!open_variables(environment, &context, ret_why))
                return false;
        if (!gather_os(environment, &context, ret_why) || !gather_boot_id(environment, &context, ret_why) ||
            !gather_request(environment, &context, ret_why) || !gather_progress(environment, &context, ret_why)) {
                boot_context_release(&context);
                return false;
        }
        context.break_glass_damaged = break_glass_trace_read(&context.variables, &context.break_glass) < 0;
        gather_mode(environment, &context);
        gather_disk(environment, &context);
        gather_reseal(&context);
        *ret = context;
        return true;
}

void boot_context_release(struct boot_context *context)
{
        efivarfs_close(&context->variables);
}

bool reset_has_begun(const struct boot_context *context)
{
        return progress_is_under_way(&context->progress) || (context->mode_known && context->mode == MODE_RESET);
}

/* The variables that can go without loss: crash dumps the kernel has left, by name. */
static void explain_full_store(const char *directory_path, const char *verb, struct explanation *ret)
{
        struct explanation names = { 0 };
        size_t count = 0, length = 0;
        _cleanup_closedir_ DIR *directory = opendir(directory_path);
        for (struct dirent *entry = directory ? readdir(directory) : NULL; entry; entry = readdir(directory)) {
                if (strncmp(entry->d_name, DUMP_PREFIX, strlen(DUMP_PREFIX)) != 0)
                        continue;
                if (count++ < DUMPS_NAMED_MAX)
                        length += (size_t)snprintf(names.text + length, 256, " %.200s", entry->d_name);
        }
        if (count == 0)
                explain(ret,
                        "Cannot %s the reset request: the firmware's variable store is full, and there are no crash dumps (%s*) "
                        "in %s that "
                        "could go. Delete boot entries nobody needs (efibootmgr --bootnum NNNN --delete-bootnum) and reboot, so "
                        "that the "
                        "firmware tidies up; some firmware also clears it in its setup menu.",
                        verb, DUMP_PREFIX, directory_path);
        else
                explain(ret,
                        "Cannot %s the reset request: the firmware's variable store is full. It holds %zu pieces of the kernel's "
                        "crash dumps, "
                        "which can go:%s%s. Delete them: rm %s/%s*",
                        verb, count, names.text, count > DUMPS_NAMED_MAX ? " ..." : "", directory_path, DUMP_PREFIX);
}

void explain_variable_failure(const struct environment *environment, const char *verb, int r, struct explanation *ret)
{
        const char *path = variables_path(environment);
        if (r == -EROFS)
                explain(ret, "Cannot %s the reset request: %s is mounted read-only. Remount it: mount -o remount,rw %s", verb,
                        path, path);
        else if (r == -ENOSPC)
                explain_full_store(path, verb, ret);
        else if (r == -EPERM)
                explain(ret,
                        "Cannot %s the reset request: %s/%s is marked immutable, and the mark could not be cleared. Try: chattr "
                        "-i %s/%s "
                        "(this takes CAP_LINUX_IMMUTABLE, which containers and confined services lack).",
                        verb, path, REQUEST_FILE, path, REQUEST_FILE);
        else if (r == -EACCES)
                explain(ret, "Cannot %s the reset request: the kernel or the firmware denies writing to %s/%s. Run this as root.",
                        verb, path, REQUEST_FILE);
        else
                explain(ret, "Cannot %s the reset request in %s/%s: %s. The system's journal (journalctl -k) may say more.", verb,
                        path, REQUEST_FILE, strerror(-r));
}
