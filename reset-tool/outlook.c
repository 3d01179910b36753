/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/outlook.h"

#include "common/boot/image-identity.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "linux/base/hash.h"
#include "linux/disk/disks.h"
#include "linux/disk/inventory.h"
#include "linux/efi/ppi.h"
#include "linux/esp/beyond-survey.h"
#include "linux/esp/running-esp.h"
#include "linux/image/image-parts.h"
#include "linux/image/plan-digest.h"
#include "linux/image/policy-files.h"
#include "linux/media/media.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#define COMMAND_LINE_MAX 4096

static const struct {
        const char *name, *text;
} notes[OUTLOOK_NOTES] = {
        [NOTE_NOT_OUR_BOOT] = { "not-our-boot", "This boot was not made by Cleanslate's initrd, so it is not known whether the "
                                                "next one will be; without it, a request has no effect." },
        [NOTE_ROOT_UNVERIFIED] = { "root-unverified", "The policy was read from a root file system that is not under dm-verity; "
                                                      "the reset reads it from the verified image." },
        [NOTE_ROOT_COVERED] = { "root-covered", "The root file system could only be read with everything that is mounted over "
                                                "it; the reset reads the bare image." },
        [NOTE_IMAGE_UNNAMED] = { "image-unnamed", "The kernel command line names no image (roothash=), so the image's partitions "
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
        [NOTE_DISK_HELD] = { "disk-held", "A further disk is in use by the running system. The reset begins before anything uses "
                                          "it, so the plan takes it for free." },
        [NOTE_FURTHER_DISKS] = { "further-disks",
                                 "Further disks are looked for anew by the reset; one that is attached, detached or frozen by "
                                 "the firmware until then changes the plan." },
        [NOTE_BEYOND_UNSEEN] = { "beyond-unseen",
                                 "What would be removed from the EFI system partition and from the EFI variables "
                                 "could not be seen; the digest is not the reset's." },
        [NOTE_FOREIGN_REQUEST] = { "foreign-request",
                                   "A request is there that is malformed or made for another system. It is never acted on; the "
                                   "plan is of a request made now." },
        [NOTE_ONLY_VENDOR_RESETS] = { "only-vendor-resets",
                                      "If this system does not start, only the vendor can reset this device: its "
                                      "cleanslate.conf allows nobody at the machine to." },
        [NOTE_RESET_BEGUN] = { "reset-begun",
                               "A reset has begun already. The next boot goes on with it, whatever is asked for." },
};

const char *outlook_note_name(enum outlook_note note)
{
        return notes[note].name;
}

const char *outlook_note_text(enum outlook_note note)
{
        return notes[note].text;
}

static const char *or_default(const char *path, const char *otherwise)
{
        return path ? path : otherwise;
}

/* The first reason stays. */
__attribute__((format(printf, 2, 3))) static void missing(struct outlook *outlook, const char *format, ...)
{
        if (outlook->why.text[0])
                return;
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(outlook->why.text, sizeof(outlook->why.text), format, arguments);
        va_end(arguments);
}

/* -- the image -- */

static void gather_policy(const struct environment *environment, struct outlook *outlook)
{
        const char *path = or_default(environment->root_path, "/");
        char text[320];
        int r = running_root_open(path, &outlook->root);
        if (r < 0) {
                missing(outlook, "Cannot open %s: %s.", path, strerror(-r));
                return;
        }
        outlook->notes[NOTE_ROOT_UNVERIFIED] = !outlook->root.is_verified;
        outlook->notes[NOTE_ROOT_COVERED] = !outlook->root.is_bare;
        outlook->policy_result = policy_files_read(outlook->root.fd, &outlook->policy, &outlook->policy_error);
        outlook->policy_known = outlook->policy_result == 0;
        outlook->notes[NOTE_ONLY_VENDOR_RESETS] =
                outlook->policy_known && settings_only_vendor_can_reset(&outlook->policy.settings);
        if (outlook->policy_known)
                return;
        policy_error_format(&outlook->policy_error, text, sizeof(text));
        missing(outlook, "The image's policy is wrong: %s. Use an image with a right one; a reset would refuse it as well.",
                text);
}

static void gather_signed_policy(const struct environment *environment, struct outlook *outlook)
{
        const char *directory = or_default(environment->signed_policy_path, "/run/systemd");
        char path[256];
        _cleanup_free_ char *signatures = NULL;
        size_t size;
        (void)snprintf(path, sizeof(path), "%s/tpm2-pcr-public-key.pem", directory);
        (void)file_read(AT_FDCWD, path, TPM_PUBLIC_KEY_PEM_MAX - 1, &outlook->public_key_pem, &size);
        (void)snprintf(path, sizeof(path), "%s/tpm2-pcr-signature.json", directory);
        outlook->inventory.signed_policy =
                file_read(AT_FDCWD, path, TPM_SIGNATURE_JSON_MAX, &signatures, &size) == 0 && outlook->public_key_pem;
        outlook->notes[NOTE_SIGNED_POLICY_UNSEEN] = !outlook->inventory.signed_policy;
}

static bool read_image_identity(const struct environment *environment, struct image_identity *ret)
{
        _cleanup_free_ char *line = NULL;
        size_t size;
        const char *path = or_default(environment->command_line_path, "/proc/cmdline");
        return file_read(AT_FDCWD, path, COMMAND_LINE_MAX, &line, &size) == 0 && image_identity_read(line, size, ret) == ERR_OK;
}

/* -- the disks -- */

static void find_disk(const struct environment *environment, struct outlook *outlook, const struct guid *partition)
{
        struct inventory *inventory = &outlook->inventory;
        char path[DEVICE_PATH_MAX];
        if (environment->boot_disk) {
                outlook->disk_matches = 1;
                (void)snprintf(inventory->disk_path, sizeof(inventory->disk_path), "%s", environment->boot_disk);
                return;
        }
        outlook->disk_matches = boot_disk_find(partition, path);
        if (outlook->disk_matches == 1)
                (void)snprintf(inventory->disk_path, sizeof(inventory->disk_path), "%s", path);
        else if (outlook->disk_matches == 0)
                missing(outlook, "The disk this machine was started from is not there. Was it detached?");
        else
                missing(outlook,
                        "%u disks carry the partition this machine was started from. Remove the copy; beside one, nothing "
                        "is erased.",
                        outlook->disk_matches);
}

static void gather_disk(const struct environment *environment, const struct machine *machine, struct outlook *outlook)
{
        struct inventory *inventory = &outlook->inventory;
        struct image_identity image;
        struct guid esp = machine->stub_partition;
        bool has_image = read_image_identity(environment, &image);
        bool has_esp = !guid_is_zero(&esp) || boot_partition_read(&machine->variables, &esp);
        outlook->notes[NOTE_IMAGE_UNNAMED] = !has_image;
        if (!has_esp && !has_image && !environment->boot_disk) {
                missing(outlook,
                        "Nobody has said from which disk this machine was started: no loader variables, and no roothash= on "
                        "the kernel command line. Start it with Cleanslate's boot stub.");
                return;
        }
        find_disk(environment, outlook, has_esp ? &esp : &image.data_uuid);
        if (outlook->disk_matches != 1)
                return;
        int r = inventory_read_disk(inventory->disk_path, has_esp ? &esp : NULL, inventory);
        if (r < 0) {
                missing(outlook, "Cannot read the partition table of %s: %s.", inventory->disk_path, strerror(-r));
                return;
        }
        if (has_image) {
                _cleanup_free_ struct root_signature *signature = malloc(sizeof(*signature));
                image_parts_mark(inventory, &image);
                if (signature)
                        (void)image_parts_find_signature(inventory, image.root_hash, image.root_hash_size, signature);
        }
        inventory_apply_progress(inventory, &machine->progress);
        (void)media_read(inventory->disk_path, &outlook->medium);
        outlook->disk_known = true;
}

/* The reset begins before anything is mounted or mapped. */
static void gather_further_disks(struct outlook *outlook)
{
        struct inventory *inventory = &outlook->inventory;
        if (!outlook->policy_known || outlook->policy.settings.disk_count == 0)
                return;
        outlook->notes[NOTE_FURTHER_DISKS] = true;
        int r = disks_read(inventory);
        if (r < 0)
                missing(outlook, "Cannot list the machine's disks: %s.", strerror(-r));
        for (size_t i = 0; i < inventory->disk_count; i++) {
                struct inventory_disk *disk = &inventory->disks[i];
                outlook->notes[NOTE_DISK_HELD] |= disk->is_held && !disk->is_boot_disk && !disk->is_virtual;
                disk->is_held = false;
        }
}

static void open_esp(const struct environment *environment, struct outlook *outlook)
{
        char path[DEVICE_PATH_MAX];
        if (environment->esp_path) {
                outlook->esp_fd = open(environment->esp_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                outlook->esp_error = outlook->esp_fd < 0 ? -errno : 0;
                return;
        }
        outlook->esp_error = outlook->inventory.esp_usable
                                     ? inventory_partition_path(&outlook->inventory, &outlook->inventory.esp, path)
                                     : -ENODEV;
        if (outlook->esp_error == 0)
                outlook->esp_error = running_esp_open(path, &outlook->esp_fd);
}

/* -- the TPM -- */

static void gather_tpm(const struct environment *environment, struct outlook *outlook)
{
        struct tpm_facts *facts = &outlook->inventory.tpm;
        const char *tcti = environment->tcti;
        outlook->tpm_result = tcti && strcmp(tcti, "none") == 0 ? -ENODEV : tpm_open(tcti, &outlook->tpm);
        if (outlook->tpm_result < 0) {
                if (outlook->tpm_result != -ENODEV)
                        missing(outlook, "Cannot talk to the TPM: %s.", strerror(-outlook->tpm_result));
                return;
        }
        facts->present = true;
        (void)ppi_read_offer(NULL, &facts->firmware);
        outlook->tpm_result = tpm_read_facts(outlook->tpm, facts);
        if (outlook->tpm_result < 0)
                missing(outlook, "The TPM does not answer: %s.", tpm_last_text(outlook->tpm));
        outlook->notes[NOTE_LOCKOUT_WILL_END] = facts->in_lockout && !facts->lockout_auth_set;
        if (outlook->notes[NOTE_LOCKOUT_WILL_END])
                facts->in_lockout = false;
        outlook->notes[NOTE_LOCKOUT_AUTH_UNTRIED] =
                facts->lockout_auth_set && outlook->policy_known && outlook->policy.settings.tpm_lockout_auth[0];
}

/* -- the plan -- */

static struct request requested(const struct machine *machine, const struct wish *wish, struct outlook *outlook)
{
        bool pending = machine->request_state == REQUEST_PENDING || machine->request_state == REQUEST_DUE;
        struct request request = { .disk_uuid = machine->disk_uuid };
        outlook->of = OUTLOOK_OF_WISH;
        if (progress_is_under_way(&machine->progress)) {
                outlook->of = OUTLOOK_OF_BEGUN_RESET;
                request.level = (enum erase_level)machine->progress.request.level;
                request.tpm_clear = (enum tpm_clear_policy)machine->progress.request.tpm_clear_policy;
                request.disk_uuid = machine->progress.disk_uuid;
        } else if (wish) {
                request.level = wish->level;
                request.tpm_clear = wish->tpm_clear;
        } else if (pending) {
                outlook->of = OUTLOOK_OF_PENDING_REQUEST;
                request = machine->request;
        }
        return request;
}

static bool survey_beyond(const struct machine *machine, struct outlook *outlook)
{
        const struct survey_source source = { .settings = &outlook->policy.settings,
                                              .variables = &machine->variables,
                                              .root_fd = outlook->root.fd,
                                              .esp = outlook->inventory.esp,
                                              .stub_file = machine->mode_known ? machine->stub_file : NULL,
                                              .trouble = { outlook->why.text, sizeof(outlook->why.text) } };
        if (outlook->esp_fd >= 0)
                return beyond_survey(&source, outlook->esp_fd, &outlook->plan, &outlook->inventory, &outlook->beyond) == 0;
        missing(outlook, "Cannot look at the EFI system partition: %s.", strerror(-outlook->esp_error));
        return false;
}

/* As the initrd decides: the last facts are worth their time only because of what a first draft says. */
static void decide(const struct machine *machine, const struct wish *wish, struct outlook *outlook)
{
        const struct policy *policy = &outlook->policy;
        struct inventory *inventory = &outlook->inventory;
        struct request request = requested(machine, wish, outlook);
        inventory->disk_expected = request.disk_uuid;
        plan_build(&request, policy, inventory, &outlook->plan);
        if (outlook->plan.refusal_count == 0) {
                outlook->notes[NOTE_BEYOND_UNSEEN] = !survey_beyond(machine, outlook);
                plan_build(&request, policy, inventory, &outlook->plan);
        }
        size_t size;
        int r = plan_text(&outlook->plan, policy, inventory, &outlook->text, &size);
        if (r < 0) {
                missing(outlook, "Cannot write down the plan: %s.", strerror(-r));
                return;
        }
        struct bytes text = { (const uint8_t *)outlook->text, size };
        sha256_chunks(&text, 1, outlook->digest);
        outlook->duration = plan_duration(&outlook->plan, policy, inventory, &outlook->medium);
        outlook->planned = true;
}

struct outlook *outlook_new(const struct environment *environment, const struct machine *machine, const struct wish *wish)
{
        struct outlook *outlook = calloc(1, sizeof(*outlook));
        if (!outlook)
                return NULL;
        outlook->root.fd = outlook->esp_fd = -1;
        outlook->inventory.efi_variables = machine->variables.directory_fd >= 0;
        outlook->notes[NOTE_NOT_OUR_BOOT] = !machine->mode_known;
        outlook->notes[NOTE_RESET_BEGUN] = machine_reset_has_begun(machine);
        outlook->notes[NOTE_FOREIGN_REQUEST] =
                machine->request_state == REQUEST_FOREIGN || machine->request_state == REQUEST_MALFORMED;
        gather_policy(environment, outlook);
        gather_signed_policy(environment, outlook);
        gather_disk(environment, machine, outlook);
        gather_tpm(environment, outlook);
        if (outlook->disk_known) {
                gather_further_disks(outlook);
                open_esp(environment, outlook);
        }
        if (outlook->disk_known && outlook->policy_known && outlook->tpm_result != -EACCES)
                decide(machine, wish, outlook);
        return outlook;
}

void outlook_free(struct outlook **outlook)
{
        if (!*outlook)
                return;
        close_fd(&(*outlook)->root.fd);
        close_fd(&(*outlook)->esp_fd);
        (*outlook)->tpm = tpm_free((*outlook)->tpm);
        free((*outlook)->public_key_pem);
        free((*outlook)->text);
        free(*outlook);
        *outlook = NULL;
}
