/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/plan-preview.h"

#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/disk/disks.h"
#include "linux/disk/inventory.h"
#include "linux/esp/running-esp.h"
#include "linux/image/file-system-try.h"
#include "linux/image/image-parts.h"
#include "linux/image/plan-digest.h"
#include "linux/image/policy-files.h"
#include "linux/media/media.h"
#include "linux/preflight/plan-make.h"
#include "reset-tool/running-image.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

static const struct {
        const char *name, *text;
} notes[PREVIEW_NOTES] = {
        [NOTE_NOT_OUR_BOOT] = { "not-our-boot", "This boot was not made by Cleanslate's initrd, so it is not known whether the "
                                                "next one will be; without it, a request has no effect." },
        [NOTE_ROOT_UNVERIFIED] = { "root-unverified", "The policy was read from a root file system that is not under dm-verity; "
                                                      "the reset reads it from the verified image." },
        [NOTE_ROOT_COVERED] = { "root-covered", "The root file system could only be read with everything that is mounted over "
                                                "it; the reset reads the bare image." },
        [NOTE_IMAGE_UNNAMED] = { "image-unnamed",
                                 "The kernel command line names no image (roothash=, usrhash=), so the image's partitions "
                                 "could not be told from others." },
        [NOTE_SIGNED_POLICY_UNSEEN] = { "signed-policy-unseen",
                                        "No PCR policy was handed down to this boot; whether the next boot image brings one "
                                        "(.pcrpkey, .pcrsig) is not known here, and the plan assumes that it does not." },
        [NOTE_LOCKOUT_AUTH_UNTRIED] = { "lockout-auth-untried",
                                        "The image brings the TPM's lockout authorization. Only the reset tries it; if the TPM "
                                        "accepts it, the plan clears the TPM with it and has another digest." },
        [NOTE_LOCKOUT_WILL_END] = { "lockout-will-end",
                                    "The TPM is in lockout. The next boot ends that first, as no authorization guards it, and "
                                    "the plan takes it for ended." },
        [NOTE_DISK_HELD] = { "disk-held",
                             "An additional disk is in use by the running system. The reset begins before anything uses "
                             "it, so the plan takes it for free." },
        [NOTE_ADDITIONAL_DISKS] = { "additional-disks",
                                    "Additional disks are looked for again by the reset; one that is attached, "
                                    "detached or frozen by "
                                    "the firmware until then changes the plan." },
        [NOTE_CLEAN_UNSEEN] = { "esp-and-variables-unseen",
                                "What would be removed from the EFI system partition and from the EFI variables "
                                "could not be seen; the digest is not the reset's." },
        [NOTE_FOREIGN_REQUEST] = { "foreign-request",
                                   "A request is there that is malformed or made for another system. It is never acted on; the "
                                   "plan is of a request made now." },
        [NOTE_ONLY_VENDOR_RESETS] = { "only-vendor-resets",
                                      "If this system does not start, only the vendor can reset this device: its "
                                      "cleanslate.conf allows nobody at the machine to." },
        [NOTE_RESET_UNDER_WAY] = { "reset-under-way",
                                   "A reset has begun already. The next boot goes on with it, whatever is asked for." },
};

const char *preview_note_name(enum preview_note note)
{
        return notes[note].name;
}

const char *preview_note_text(enum preview_note note)
{
        return notes[note].text;
}

static const char *or_default(const char *path, const char *otherwise)
{
        return path ? path : otherwise;
}

/* The first reason stays. */
__attribute__((format(printf, 2, 3))) static void missing(struct plan_preview *preview, const char *format, ...)
{
        if (preview->why.text[0])
                return;
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(preview->why.text, sizeof(preview->why.text), format, arguments);
        va_end(arguments);
}

/* -- the image -- */

static void gather_policy(const struct environment *environment, struct plan_preview *preview)
{
        char text[320];
        int r = running_root_open(environment->root_path, preview->form, &preview->root);
        if (r < 0) {
                missing(preview, "Cannot open %s: %s.", preview->root_path, strerror(-r));
                return;
        }
        preview->notes[NOTE_ROOT_UNVERIFIED] = !preview->root.is_verified;
        preview->notes[NOTE_ROOT_COVERED] = !preview->root.is_bare;
        preview->policy_result = policy_files_read(preview->root.fd, preview->form, &preview->policy, &preview->policy_error);
        preview->policy_known = preview->policy_result == 0;
        preview->notes[NOTE_ONLY_VENDOR_RESETS] =
                preview->policy_known && settings_only_vendor_can_reset(&preview->policy.settings);
        if (preview->policy_known)
                return;
        policy_error_format(&preview->policy_error, text, sizeof(text));
        missing(preview, "The image's policy is wrong: %s. Use an image with a right one; a reset would refuse it as well.",
                text);
}

static void gather_signed_policy(const struct environment *environment, struct plan_preview *preview)
{
        const char *directory = or_default(environment->signed_policy_path, "/run/systemd");
        char path[256];
        size_t size;
        (void)snprintf(path, sizeof(path), "%s/tpm2-pcr-public-key.pem", directory);
        (void)file_read(AT_FDCWD, path, TPM_PUBLIC_KEY_PEM_MAX - 1, &preview->public_key_pem, &size);
        (void)snprintf(path, sizeof(path), "%s/tpm2-pcr-signature.json", directory);
        preview->inventory.signed_policy =
                file_read(AT_FDCWD, path, TPM_SIGNATURE_JSON_MAX, &preview->signature_json, &preview->signature_json_size) == 0 &&
                preview->public_key_pem;
        preview->notes[NOTE_SIGNED_POLICY_UNSEEN] = !preview->inventory.signed_policy;
}

/* -- the disks -- */

static void find_disk(const struct environment *environment, struct plan_preview *preview, const struct guid *partition)
{
        struct inventory *inventory = &preview->inventory;
        char path[DEVICE_PATH_MAX];
        if (environment->boot_disk) {
                preview->disk_matches = 1;
                (void)snprintf(inventory->disk_path, sizeof(inventory->disk_path), "%s", environment->boot_disk);
                return;
        }
        preview->disk_matches = boot_disk_find(partition, path);
        if (preview->disk_matches == 1)
                (void)snprintf(inventory->disk_path, sizeof(inventory->disk_path), "%s", path);
        else if (preview->disk_matches == 0)
                missing(preview, "The disk this machine was started from is not there. Was it detached?");
        else
                missing(preview,
                        "%u disks carry the partition this machine was started from. Remove the copy; beside one, nothing "
                        "is erased.",
                        preview->disk_matches);
}

static void find_and_read_disk(const struct environment *environment, const struct boot_context *context,
                               struct plan_preview *preview)
{
        struct inventory *inventory = &preview->inventory;
        struct image_identity image;
        const struct trouble trouble = { preview->why.text, sizeof(preview->why.text) };
        const bool has_image = running_image_identity(environment, &image);
        struct guid *const esp = &preview->started_from;
        *esp = context->stub_partition;
        const bool has_esp = preview->has_started_from = !guid_is_zero(esp) || boot_partition_read(&context->variables, esp);
        preview->notes[NOTE_IMAGE_UNNAMED] = !has_image;
        if (!has_esp && !has_image && !environment->boot_disk) {
                missing(preview, "Nobody has said from which disk this machine was started: no loader variables, and neither "
                                 "roothash= nor "
                                 "usrhash= on the kernel command line. Start it with Cleanslate's boot stub.");
                return;
        }
        find_disk(environment, preview, has_esp ? esp : &image.data_uuid);
        if (preview->disk_matches != 1)
                return;
        char disk_path[sizeof(inventory->disk_path)];
        memcpy(disk_path, inventory->disk_path, sizeof(disk_path));
        if (gather_disk(disk_path, has_esp ? esp : NULL, &context->progress, inventory, &trouble) < 0)
                return;
        if (has_image) {
                _cleanup_free_ struct root_signature *signature = malloc(sizeof(*signature));
                image_parts_mark(inventory, &image);
                if (signature)
                        (void)image_parts_find_signature(inventory, image.form, image.root_hash, image.root_hash_size, signature);
        }
        (void)media_read(inventory->disk_path, &preview->medium);
        preview->disk_known = true;
}

/* The reset begins before anything is mounted or mapped. */
static void gather_additional_disks(struct plan_preview *preview)
{
        struct inventory *inventory = &preview->inventory;
        if (!preview->policy_known || preview->policy.settings.disk_count == 0)
                return;
        preview->notes[NOTE_ADDITIONAL_DISKS] = true;
        int r = disks_read(inventory);
        if (r < 0)
                missing(preview, "Cannot list the machine's disks: %s.", strerror(-r));
        for (size_t i = 0; i < inventory->disk_count; i++) {
                struct inventory_disk *disk = &inventory->disks[i];
                preview->notes[NOTE_DISK_HELD] |= disk->is_held && !disk->is_boot_disk && !disk->is_virtual;
                disk->is_held = false;
        }
}

static void open_esp(const struct environment *environment, struct plan_preview *preview)
{
        char path[DEVICE_PATH_MAX];
        if (environment->esp_path) {
                preview->esp_fd = open(environment->esp_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                preview->esp_error = preview->esp_fd < 0 ? -errno : 0;
                return;
        }
        preview->esp_error = preview->inventory.esp_usable
                                     ? inventory_partition_path(&preview->inventory, &preview->inventory.esp, path)
                                     : -ENODEV;
        if (preview->esp_error == 0)
                preview->esp_error = running_esp_open(path, &preview->esp_fd);
}

/* -- the TPM -- */

static void gather_tpm(const struct environment *environment, struct plan_preview *preview)
{
        struct tpm_facts *facts = &preview->inventory.tpm;
        const char *tcti = environment->tcti;
        preview->tpm_result = tcti && strcmp(tcti, "none") == 0 ? -ENODEV : tpm_open(tcti, &preview->tpm);
        if (preview->tpm_result < 0) {
                if (preview->tpm_result != -ENODEV)
                        missing(preview, "Cannot talk to the TPM: %s.", strerror(-preview->tpm_result));
                return;
        }
        facts->present = true;
        preview->tpm_result = tpm_read_facts(preview->tpm, facts);
        if (preview->tpm_result < 0)
                missing(preview, "The TPM does not answer: %s.", tpm_last_text(preview->tpm));
        preview->notes[NOTE_LOCKOUT_WILL_END] = facts->in_lockout && !facts->lockout_auth_set;
        if (preview->notes[NOTE_LOCKOUT_WILL_END])
                facts->in_lockout = false;
        preview->notes[NOTE_LOCKOUT_AUTH_UNTRIED] =
                facts->lockout_auth_set && preview->policy_known && preview->policy.settings.tpm_lockout_auth[0];
}

/* -- the plan -- */

static struct request requested(const struct boot_context *context, const struct reset_options *options,
                                struct plan_preview *preview)
{
        bool pending = context->request_state == REQUEST_PENDING || context->request_state == REQUEST_DUE;
        struct request request = { .disk_uuid = context->disk_uuid };
        preview->of = PREVIEW_OF_NEW_REQUEST;
        if (progress_is_under_way(&context->progress)) {
                preview->of = PREVIEW_OF_RESET_UNDER_WAY;
                request.level = (enum erase_level)context->progress.request.level;
                request.tpm_clear = (enum tpm_clear_policy)context->progress.request.tpm_clear_policy;
                request.disk_uuid = context->progress.disk_uuid;
        } else if (options) {
                request.level = options->level;
                request.tpm_clear = options->tpm_clear;
        } else if (pending) {
                preview->of = PREVIEW_OF_PENDING_REQUEST;
                request = context->request;
        }
        return request;
}

static struct survey_source survey_of(const struct boot_context *context, struct plan_preview *preview)
{
        return (struct survey_source){ .settings = &preview->policy.settings,
                                       .variables = &context->variables,
                                       .root_fd = preview->root.fd,
                                       .esp = preview->inventory.esp,
                                       .hashes = &preview->esp_hashes,
                                       .stub_file = context->mode_known && !context->stub_is_other ? context->stub_file : NULL,
                                       .trouble = { preview->why.text, sizeof(preview->why.text) } };
}

/* -- where the running system differs from the initrd -- */

static int lend_esp(void *context, bool writing, int *ret_fd)
{
        const struct plan_preview *preview = context;
        (void)writing; /* nothing is */
        if (preview->esp_fd < 0)
                return preview->esp_error;
        *ret_fd = preview->esp_fd;
        return 0;
}

static void keep_esp(void *context)
{
        (void)context;
}

/* Where this process may not make a cage, a reset may: then only the reset tries. */
static int try_maker(void *context, const char *format, const char *label, uint64_t size_bytes,
                     char ret_line[static CAGE_OUTPUT_MAX])
{
        const struct plan_preview *preview = context;
        const struct file_system_trial trial = { .root_path = preview->root_path,
                                                 .is_bare = preview->form == IMAGE_ROOT,
                                                 .format = format,
                                                 .label = label,
                                                 .size_bytes = size_bytes };
        int r = file_system_try(&trial, ret_line);
        return r == -EPERM ? -EOPNOTSUPP : r;
}

struct reset_source plan_preview_source(struct plan_preview *preview)
{
        return (struct reset_source){ .policy = preview->policy_known ? &preview->policy : NULL,
                                      .inventory = &preview->inventory,
                                      .disk_known = preview->disk_known,
                                      .request = &preview->request,
                                      .survey = &preview->survey,
                                      .tpm = preview->tpm,
                                      .tpm_result = preview->tpm_result,
                                      .public_key_pem = preview->public_key_pem,
                                      .signature_json = preview->signature_json,
                                      .signature_json_size = preview->signature_json_size,
                                      .started_from = preview->has_started_from ? &preview->started_from : NULL,
                                      .open_esp = lend_esp,
                                      .close_esp = keep_esp,
                                      .try_maker = preview->tries_makers ? try_maker : NULL,
                                      .lockout_will_end = preview->notes[NOTE_LOCKOUT_WILL_END],
                                      .context = preview };
}

static void decide(const struct boot_context *context, const struct reset_options *options, struct plan_preview *preview)
{
        const struct policy *policy = &preview->policy;
        struct inventory *inventory = &preview->inventory;
        preview->request = requested(context, options, preview);
        inventory->disk_expected = preview->request.disk_uuid;
        const struct reset_source source = plan_preview_source(preview);
        preview->notes[NOTE_CLEAN_UNSEEN] = plan_make(&source, &preview->plan, &preview->cleaned) < 0;
        size_t size;
        int r = plan_text(&preview->plan, policy, inventory, &preview->text, &size);
        if (r < 0) {
                missing(preview, "Cannot write down the plan: %s.", strerror(-r));
                return;
        }
        struct bytes text = { (const uint8_t *)preview->text, size };
        sha256_chunks(&text, 1, preview->digest);
        preview->duration = plan_duration(&preview->plan, policy, inventory, &preview->medium);
        preview->planned = true;
}

struct plan_preview *plan_preview_new(const struct environment *environment, const struct boot_context *context,
                                      const struct reset_options *options)
{
        struct plan_preview *preview = calloc(1, sizeof(*preview));
        if (!preview)
                return NULL;
        preview->root.fd = preview->esp_fd = -1;
        preview->tries_makers = environment->tries_makers;
        preview->form = running_image_form(environment);
        preview->root_path = running_root_path(environment->root_path, preview->form);
        preview->inventory.efi_variables = context->variables.directory_fd >= 0;
        preview->notes[NOTE_NOT_OUR_BOOT] = !context->mode_known;
        preview->notes[NOTE_RESET_UNDER_WAY] = reset_has_begun(context);
        preview->notes[NOTE_FOREIGN_REQUEST] =
                context->request_state == REQUEST_FOREIGN || context->request_state == REQUEST_MALFORMED;
        gather_policy(environment, preview);
        gather_signed_policy(environment, preview);
        find_and_read_disk(environment, context, preview);
        gather_tpm(environment, preview);
        if (preview->disk_known) {
                gather_additional_disks(preview);
                open_esp(environment, preview);
        }
        preview->survey = survey_of(context, preview);
        if (preview->disk_known && preview->policy_known && preview->tpm_result != -EACCES)
                decide(context, options, preview);
        return preview;
}

void plan_preview_free(struct plan_preview **preview)
{
        if (!*preview)
                return;
        close_fd(&(*preview)->root.fd);
        close_fd(&(*preview)->esp_fd);
        esp_hashes_done(&(*preview)->esp_hashes);
        (*preview)->tpm = tpm_free((*preview)->tpm);
        free((*preview)->public_key_pem);
        free((*preview)->signature_json);
        free((*preview)->text);
        free(*preview);
        *preview = NULL;
}
