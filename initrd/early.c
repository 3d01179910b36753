/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initrd/early.h"

#include "common/state/boot-trace.h"
#include "initrd/gather.h"
#include "linux/base/file.h"
#include "linux/base/modules.h"
#include "linux/base/random.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PUBLIC_KEY_PATH "/.extra/tpm2-pcr-public-key.pem"
#define SIGNATURE_PATH  "/.extra/tpm2-pcr-signature.json"
#define TPM_WAIT_MS     2000

int device_trouble(struct device *device, int error, const char *format, ...)
{
        if (device->trouble[0] == 0) {
                va_list arguments;
                va_start(arguments, format);
                (void)vsnprintf(device->trouble, sizeof(device->trouble), format, arguments);
                va_end(arguments);
        }
        return error;
}

int device_random(struct device *device, void *ret, size_t size)
{
        int r = random_bytes(ret, size);
        return r < 0 ? device_trouble(device, r, "The kernel gives no random numbers: %s.", strerror(-r)) : 0;
}

struct survey_source device_survey_source(struct device *device)
{
        return (struct survey_source){ .settings = &device->policy.settings,
                                       .variables = &device->variables,
                                       .root_fd = device->root_fd,
                                       .esp = device->inventory.esp,
                                       .stub_file = device->started_by_stub ? device->handover.stub_file : NULL,
                                       .hashes = &device->esp_hashes,
                                       .trouble = { device->trouble, sizeof(device->trouble) } };
}

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

static void load_modules(struct device *device)
{
        static const char *const needed[] = { "efivarfs", "dm-mod", "dm-verity", "squashfs", "erofs", "ext4", "vfat", "nls_cp437",
                                              "nls_ascii",
                                              /* dm-crypt pulls in encrypted_keys, whose start-up wants cbc(aes) already there */
                                              "cbc", "aesni_intel", "xts", "sha256_ssse3", "dm-crypt", "algif_skcipher",
                                              "tpm_tis", "tpm_crb" };
        if (modules_open(&device->modules) < 0)
                return;
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
                int r = modules_load(device->modules, needed[i]);
                if (r < 0)
                        report_note(&device->report, "kernel module %s cannot be loaded: %s", needed[i], strerror(-r));
        }
        modules_load_for_devices(device->modules);
}

/* The file is overwritten where it lies, in memory, before its name goes: whoever gets this machine next shall not find it. */
static void read_keys(struct device *device)
{
        static const char zeros[DEVICE_KEYS_TEXT_MAX];
        char *text = NULL;
        size_t size;
        if (file_read(AT_FDCWD, "/" DEVICE_KEYS_PATH, DEVICE_KEYS_TEXT_MAX, &text, &size) < 0)
                return;
        if (device_keys_parse(text, size, &device->keys) != ERR_OK)
                memset(&device->keys, 0, sizeof(device->keys));
        int fd = open("/" DEVICE_KEYS_PATH, O_WRONLY | O_CLOEXEC);
        if (fd >= 0) {
                (void)!pwrite(fd, zeros, size, 0);
                (void)close(fd);
        }
        (void)unlink("/" DEVICE_KEYS_PATH);
        explicit_bzero(text, size);
        free(text);
}

static void read_handover(struct device *device)
{
        char *text = NULL;
        size_t size;
        if (file_read(AT_FDCWD, "/" HANDOVER_PATH, HANDOVER_TEXT_MAX, &text, &size) == 0)
                device->started_by_stub = handover_parse(text, size, &device->handover) == ERR_OK;
        free(text);
        read_keys(device);
        (void)file_read(AT_FDCWD, PUBLIC_KEY_PATH, TPM_PUBLIC_KEY_PEM_MAX - 1, &device->public_key_pem, NULL);
        (void)file_read(AT_FDCWD, SIGNATURE_PATH, TPM_SIGNATURE_JSON_MAX, &device->signature_json, &device->signature_json_size);
}

/* A TPM driver that is a module may take a moment; one that the stub did not see is not waited for. */
static int open_tpm(struct device *device)
{
        int uevents = uevent_open(), r = tpm_open(NULL, &device->tpm);
        uint64_t until = now_ms() + (device->handover.tpm_measured ? TPM_WAIT_MS : 0);
        while (r == -ENODEV && uevents >= 0 && now_ms() < until) {
                (void)uevent_wait(uevents, 100);
                r = tpm_open(NULL, &device->tpm);
        }
        if (uevents >= 0)
                (void)close(uevents);
        return r;
}

static void gather_tpm(struct device *device)
{
        int r = open_tpm(device);
        if (r < 0) {
                report_note(&device->report, "no TPM 2.0: %s", strerror(-r));
                return;
        }
        device->inventory.tpm.present = true;
        r = tpm_end_lockout(device->tpm);
        if (r < 0)
                report_line(&device->report, "the TPM is in lockout and does not leave it: %s (%s)", tpm_last_text(device->tpm),
                            strerror(-r));
        r = tpm_read_facts(device->tpm, &device->inventory.tpm);
        if (r < 0)
                report_line(&device->report, "the TPM does not answer: %s (%s)", tpm_last_text(device->tpm), strerror(-r));
        /* before anything else is decided: keys sealed to the initrd phase open from here on, and only here */
        gather_measure_start(device);
}

static void read_boot_count(struct device *device)
{
        void *value = NULL;
        size_t size;
        if (efivarfs_read_ordinary(&device->variables, &guid_cleanslate, BOOT_COUNT_VARIABLE_NAME, &value, &size) == 0)
                (void)boot_count_decode(value, size, &device->boot_count); /* damaged: 0, as the stub has it */
        free(value);
}

static void gather_variables(struct device *device)
{
        device->variables.directory_fd = -1;
        if (mount("efivarfs", EFIVARFS_PATH, "efivarfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 && errno != EBUSY) {
                report_note(&device->report, "no EFI variables: %s", strerror(errno));
                return;
        }
        if (efivarfs_open(NULL, &device->variables) < 0)
                return;
        device->inventory.efi_variables = true;
        read_boot_count(device);
        int r = progress_store_read(&device->variables, &device->keys.progress, &device->progress_store, &device->progress);
        device->progress_known = r == 0;
        if (r < 0)
                (void)device_trouble(device, r, "The progress of an earlier reset cannot be read from the EFI variables: %s.",
                                     strerror(-r));
}

/* The stub has judged the progress with every key and the request's value, and decided the mode by that; a kernel that was
 * started by other means has to judge it itself, and has nothing to prove it by. */
static void judge_progress(struct device *device)
{
        enum progress_standing standing = device->handover.progress;
        if (!device->started_by_stub)
                standing = progress_judge(&device->progress, &device->keys.progress, NULL, false);
        device->interrupted = progress_standing_is_under_way(standing);
        device->resuming = standing == PROGRESS_UNDER_WAY && progress_is_under_way(&device->progress);
        device->phase_proven = device->resuming ? device->progress.phase : PHASE_IDLE;
        if (device->interrupted && !device->resuming)
                progress_disbelieve(&device->progress);
        else if (!device->interrupted && progress_is_under_way(&device->progress))
                memset(&device->progress, 0, sizeof(device->progress)); /* not for this boot */
        device->inventory.built_before = device->handover.built_before;
}

void early_gather(struct device *device)
{
        report_open(&device->report);
        report_milestone(&device->report, "initrd");
        device->root_fd = -1;
        read_handover(device);
        load_modules(device);
        report_milestone(&device->report, "modules");
        gather_variables(device);
        report_milestone(&device->report, "variables");
        gather_tpm(device);
        report_milestone(&device->report, "tpm");
        device->inventory.signed_policy = device->public_key_pem && device->signature_json;
        judge_progress(device);
}
