/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/early.h"

#include "common/state/boot-trace.h"
#include "initrd/gather.h"
#include "initrd/last-boot.h"
#include "initrd/own-choice.h"
#include "linux/base/file.h"
#include "linux/base/modules.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLIC_KEY_PATH "/.extra/tpm2-pcr-public-key.pem"
#define SIGNATURE_PATH  "/.extra/tpm2-pcr-signature.json"
#define TPM_QUIET_MS    2000 /* a wait that lasts longer is told */

void early_mounts(void)
{
        static const struct {
                const char *path, *type, *data;
                unsigned long flags;
        } mounts[] = {
                { "/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
                { "/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
                { "/dev", "devtmpfs", "mode=0755", MS_NOSUID | MS_NOEXEC },
                { "/run", "tmpfs", "mode=0755,size=20%", MS_NOSUID | MS_NODEV | MS_NOEXEC },
        };
        for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
                (void)mkdir(mounts[i].path, 0755);
                (void)mount(mounts[i].type, mounts[i].path, mounts[i].type, mounts[i].flags, mounts[i].data);
        }
}

static void load_modules(struct boot_context *context)
{
        static const char *const needed[] = { "efivarfs", "dm-mod", "dm-verity", "squashfs", "erofs", "ext4", "vfat", "nls_cp437",
                                              "nls_ascii",
                                              /* dm-crypt pulls in encrypted_keys, whose start-up wants cbc(aes) already there */
                                              "cbc", "aesni_intel", "xts", "sha256_ssse3", "dm-crypt", "algif_skcipher",
                                              "tpm_tis", "tpm_crb" };
        if (modules_open(&context->modules) < 0)
                return;
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
                int r = modules_load(context->modules, needed[i]);
                if (r < 0)
                        report_note(&context->report, "kernel module %s cannot be loaded: %s", needed[i], strerror(-r));
        }
        modules_load_for_devices(context->modules);
}

/* The file is overwritten where it lies, in memory, before its name goes: whoever gets this machine next shall not find it. */
static void read_keys(struct boot_context *context)
{
        static const char zeros[DEVICE_KEYS_TEXT_MAX];
        char *text = NULL;
        size_t size;
        if (file_read(AT_FDCWD, "/" DEVICE_KEYS_PATH, DEVICE_KEYS_TEXT_MAX, &text, &size) < 0)
                return;
        if (device_keys_parse(text, size, &context->keys) != ERR_OK)
                memset(&context->keys, 0, sizeof(context->keys));
        int fd = open("/" DEVICE_KEYS_PATH, O_WRONLY | O_CLOEXEC);
        if (fd >= 0) {
                (void)!pwrite(fd, zeros, size, 0);
                (void)close(fd);
        }
        (void)unlink("/" DEVICE_KEYS_PATH);
        explicit_bzero(text, size);
        free(text);
}

static void read_handover(struct boot_context *context)
{
        char *text = NULL;
        size_t size;
        if (file_read(AT_FDCWD, "/" HANDOVER_PATH, HANDOVER_TEXT_MAX, &text, &size) == 0)
                context->started_by_stub = handover_parse(text, size, &context->handover) == ERR_OK;
        free(text);
        read_keys(context);
        (void)file_read(AT_FDCWD, PUBLIC_KEY_PATH, TPM_PUBLIC_KEY_PEM_MAX - 1, &context->public_key_pem, NULL);
        (void)file_read(AT_FDCWD, SIGNATURE_PATH, TPM_SIGNATURE_JSON_MAX, &context->signature_json,
                        &context->signature_json_size);
}

/* A TPM whose driver or bus is a module may take a while; one that the stub did not see is not waited for. What has appeared
 * meanwhile may be the bus that the TPM hangs on. */
static int open_tpm(struct boot_context *context)
{
        int uevents = uevent_open(), r = tpm_open(NULL, &context->tpm);
        const uint64_t begun = now_ms(), until = begun + handover_tpm_wait_ms(&context->handover);
        bool told = false;
        while (r < 0 && uevents >= 0 && now_ms() < until) {
                if (!told && now_ms() - begun >= TPM_QUIET_MS) {
                        report_line(&context->report, "waiting for the TPM, which the firmware has used: up to %u seconds",
                                    HANDOVER_TPM_WAIT_MS / 1000);
                        told = true;
                }
                if (uevent_wait(uevents, 100) > 0)
                        modules_load_for_devices(context->modules);
                r = tpm_open(NULL, &context->tpm);
        }
        if (uevents >= 0)
                (void)close(uevents);
        return r;
}

static void gather_tpm(struct boot_context *context)
{
        int r = open_tpm(context);
        if (r < 0) {
                report_note(&context->report, "no TPM 2.0: %s", strerror(-r));
                return;
        }
        context->inventory.tpm.present = true;
        r = tpm_end_lockout(context->tpm);
        if (r < 0)
                report_line(&context->report, "the TPM is in lockout and does not leave it: %s (%s)", tpm_last_text(context->tpm),
                            strerror(-r));
        r = tpm_read_facts(context->tpm, &context->inventory.tpm);
        if (r < 0)
                report_line(&context->report, "the TPM does not answer: %s (%s)", tpm_last_text(context->tpm), strerror(-r));
        /* before anything else is decided: keys sealed to the initrd phase open from here on, and only here */
        gather_measure_start(context);
}

static void read_boot_count(struct boot_context *context)
{
        void *value = NULL;
        size_t size;
        if (efivarfs_read_ordinary(&context->variables, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, &value, &size) == 0)
                (void)boot_count_decode(value, size, &context->boot_count); /* damaged: 0, as the stub has it */
        free(value);
}

static void gather_variables(struct boot_context *context)
{
        context->variables.directory_fd = -1;
        if (mount("efivarfs", EFIVARFS_PATH, "efivarfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 && errno != EBUSY) {
                report_note(&context->report, "no EFI variables: %s", strerror(errno));
                return;
        }
        if (efivarfs_open(NULL, &context->variables) < 0)
                return;
        context->inventory.efi_variables = true;
        read_boot_count(context);
        int r = progress_store_read(&context->variables, &context->keys.progress, &context->progress_store, &context->progress);
        context->progress_known = r == 0;
        if (r < 0)
                (void)boot_trouble(context, r, "The progress of an earlier reset cannot be read from the EFI variables: %s.",
                                   strerror(-r));
}

/* The stub has judged the progress with every key and the request's value, and decided the mode by that; a kernel that was
 * started by other means has to judge it itself, and has nothing to prove it by. */
static void judge_progress(struct boot_context *context)
{
        enum progress_standing standing = context->handover.progress;
        if (!context->started_by_stub)
                standing = progress_judge(&context->progress, &context->keys.progress, NULL, false);
        context->interrupted = progress_standing_is_under_way(standing);
        context->resuming = standing == PROGRESS_UNDER_WAY && progress_is_under_way(&context->progress);
        context->phase_proven = context->resuming ? context->progress.phase : PHASE_IDLE;
        if (context->interrupted && !context->resuming)
                progress_disbelieve(&context->progress);
        else if (!context->interrupted && progress_is_under_way(&context->progress))
                memset(&context->progress, 0, sizeof(context->progress)); /* not for this boot */
        context->inventory.built_before = context->handover.built_before;
}

void early_gather(struct boot_context *context)
{
        report_open(&context->report);
        report_milestone(&context->report, "initrd");
        context->root_fd = -1;
        read_handover(context);
        load_modules(context);
        report_milestone(&context->report, "modules");
        gather_variables(context);
        if (!context->started_by_stub)
                own_choice_prepare(context);
        last_boot_note(context, BOOT_REACHED_INITRD);
        report_milestone(&context->report, "variables");
        gather_tpm(context);
        report_milestone(&context->report, "tpm");
        context->inventory.signed_policy = context->public_key_pem && context->signature_json;
        judge_progress(context);
}
