/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stub: gathers facts from the firmware, lets common/ decide how this boot goes on, measures that, and starts the kernel that
 * the image carries. Nothing acts on the mode before it is measured. Returns to the firmware only with an error, having said why.
 */
#include "common/base/bytes.h"
#include "common/boot/boot-choice.h"
#include "common/boot/handover.h"
#include "efi/addons.h"
#include "efi/announce.h"
#include "efi/boot-count.h"
#include "efi/boot-menu.h"
#include "efi/command-line.h"
#include "efi/console.h"
#include "efi/device-secret.h"
#include "efi/extra.h"
#include "efi/facts.h"
#include "efi/forget.h"
#include "efi/host-line.h"
#include "efi/initrd-media.h"
#include "efi/kernel-keys.h"
#include "efi/kernel.h"
#include "efi/loader-interface.h"
#include "efi/loader-requests.h"
#include "efi/measure.h"
#include "efi/own-image.h"
#include "efi/random-seed.h"
#include "efi/secure-boot.h"
#include "efi/sidecars.h"
#include "efi/store-room.h"
#include "efi/ticks.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

struct boot {
        struct platform platform;
        struct own_image own;
        struct device_keys keys; /* what may be derived from the device's secret; for this mode, once it is decided */
        struct id128 last_reset;
        struct facts facts;
        struct loader_requests requests;
        struct boot_choice choice;
        struct measurement measurement;
        bool secure_boot;
        struct command_line command_line;
        struct bytes extra; /* the generated archive */
        struct sidecars sidecars;
        struct addons addons;
        struct random_seed random_seed;
        struct initrd_media initrd;
        struct kernel_keys kernel_keys;
        struct loaded_kernel kernel;
};

static EFI_STATUS fail(const struct platform *platform, const char *what, const char *detail, EFI_STATUS status)
{
        console_say(platform, what, detail);
        console_hold(platform);
        return status;
}

/* Whoever chose it gets the choice again, from the firmware or the boot menu: another profile is not what was asked for. */
static EFI_STATUS refuse_profile(const struct boot *boot)
{
        char number[16];
        struct writer writer = writer_over(number, sizeof(number));

        writer_decimal(&writer, boot->own.options.profile);
        return fail(&boot->platform, "no such profile in this image", number, EFI_NOT_FOUND);
}

static EFI_STATUS open_image(struct boot *boot)
{
        enum err err;
        EFI_STATUS status = own_image_open(&boot->platform, &boot->own, &err);

        if (err == ERR_MISSING)
                return refuse_profile(boot);
        if (EFI_ERROR(status))
                return fail(&boot->platform, "cannot find the sections of this image",
                            err != ERR_OK ? err_text(err) : status_text(status), status);
        for (int i = 0; i < UKI_SECTION_COUNT; i++)
                if ((i == UKI_LINUX || i == UKI_OSREL) && boot->own.uki.sections[i].data == NULL)
                        return fail(&boot->platform, "this image cannot be started, it has no section",
                                    uki_section_name((enum uki_section)i), EFI_NOT_FOUND);
        return EFI_SUCCESS;
}

/* The secret itself stays in there: whatever is in memory when the kernel starts, root of the running system may find. */
static void open_device_secret(struct boot *boot)
{
        struct device_identity identity;
        EFI_STATUS status = device_secret_open(&boot->platform, &identity);

        if (EFI_ERROR(status))
                console_say(&boot->platform,
                            "this firmware keeps no secret for the device, so a reset that is interrupted starts over",
                            status_text(status));
        boot->keys = identity.keys;
        boot->last_reset = identity.last_reset;
        bytes_wipe(&identity, sizeof(identity));
}

static EFI_STATUS gather(struct boot *boot)
{
        EFI_STATUS status;
        enum err err;

        open_device_secret(boot);
        err = facts_gather(&boot->platform, &boot->own.uki, &boot->keys.progress, &boot->facts);

        if (err != ERR_OK)
                return fail(&boot->platform, "this image cannot be started, its section .osrel", err_text(err), EFI_LOAD_ERROR);
        facts_note_profile(&boot->facts, &boot->own.options);
        boot->secure_boot = secure_boot_enabled(&boot->platform);
        status = command_line_choose(&boot->platform, &boot->own.uki, boot->own.options.rest, boot->secure_boot,
                                     &boot->command_line);
        if (EFI_ERROR(status))
                return fail(&boot->platform, "the kernel's command line cannot be used", status_text(status), status);
        announce_load_options(&boot->platform, &boot->own.options);
        announce_facts(&boot->platform, &boot->facts);
        status = forget_run(&boot->platform, &boot->facts.settings);
        if (EFI_ERROR(status) && status != EFI_NOT_FOUND)
                console_say(&boot->platform, "cannot delete variables marked by the reset", status_text(status));
        return EFI_SUCCESS;
}

/* The operating system first, through its boot loader entries, then whoever is at the keyboard; but who has chosen a profile in
 * another menu is not asked twice, unless it takes the password. */
static void read_choice(struct boot *boot)
{
        loader_interface_drop_lasting(&boot->platform);
        boot->requests = loader_requests_read(&boot->platform);
        loader_requests_apply(&boot->requests, &boot->facts.boot);
        if (!boot->own.options.given || boot_needs_password(&boot->facts.boot))
                boot_menu_run(&boot->platform, &boot->own, &boot->requests, &boot->facts);
        announce_loader_requests(&boot->platform, &boot->requests);
}

/* A reset that is due or under way goes on whatever was chosen. Otherwise whoever chose a profile that needs permission and did
 * not get it is back at the choice: another profile is not what was asked for. */
static EFI_STATUS choose(struct boot *boot)
{
        const struct facts *facts = &boot->facts;
        bool by_profile = facts->profile_mode != MODE_NORMAL;
        enum boot_mode asked = by_profile ? facts->profile_mode : facts->boot.asked.mode;
        enum access access = boot_access(&facts->boot, asked);

        boot->choice = boot_choose(&facts->boot);
        if (boot->choice.mode != asked && !access_permits(access, facts->boot.password_given))
                announce_refusal(&boot->platform, asked, access);
        if (!by_profile || boot->choice.mode != MODE_NORMAL)
                return EFI_SUCCESS;
        console_hold(&boot->platform);
        return EFI_ACCESS_DENIED;
}

/* Break-glass opens a shell: without its mark in PCR 11, keys sealed to the normal boot would be within its reach. */
static EFI_STATUS measure(struct boot *boot)
{
        boot->measurement = measure_open(&boot->platform);
        measure_profile(&boot->platform, &boot->measurement, boot->own.options.profile);
        measure_sections(&boot->platform, &boot->measurement, &boot->own.uki);
        if (boot->command_line.from_load_options)
                measure_parameters(&boot->platform, &boot->measurement, boot->command_line.text, boot->command_line.size);
        if (boot->own.options.profile == 0) /* an ordinary start has the sections of that one */
                measure_read(&boot->measurement, boot->choice.mode);
        measure_mode(&boot->platform, &boot->measurement, boot->choice.mode);
        announce_measurement(&boot->platform, &boot->measurement);
        if (boot->choice.mode == MODE_BREAK_GLASS && boot->measurement.mode_failed)
                return fail(&boot->platform, "break-glass mode refused, it could not be measured", NULL, EFI_SECURITY_VIOLATION);
        return EFI_SUCCESS;
}

/* Whoever can write to the partition, or owns the host, has a say in the ordinary boot alone: not in what erases, repairs or
 * opens a shell. */
static void take_additions(struct boot *boot)
{
        const struct platform *platform = &boot->platform;

        if (boot->choice.mode != MODE_NORMAL)
                return;
        addons_load(platform, &boot->own, boot->secure_boot, &boot->addons);
        addons_add_line(platform, &boot->addons, &boot->measurement, &boot->command_line);
        host_line_add(platform, &boot->measurement, &boot->command_line);
        sidecars_take(platform, &boot->own, &boot->measurement, &boot->sidecars);
        addons_measure_parts(platform, &boot->addons, &boot->measurement);
}

static void publish(struct boot *boot, uint64_t started_ticks)
{
        struct loader_report report = { .own = &boot->own,
                                        .facts = &boot->facts,
                                        .requests = &boot->requests,
                                        .measurement = &boot->measurement,
                                        .choice = boot->choice,
                                        .started_ticks = started_ticks };
        EFI_STATUS status = loader_interface_publish(&boot->platform, &report);

        if (EFI_ERROR(status))
                console_say(&boot->platform, "boot information could not be published", status_text(status));
        announce_mode(&boot->platform, &boot->choice);
}

/* Settings that cannot be read must not ask for less than those that were meant. */
static enum root_policy root_policy(const struct facts *facts)
{
        return facts->settings_err == ERR_OK ? facts->settings.root : ROOT_SIGNED;
}

/* What the initrd is to make of the progress that is stored. */
static enum progress_standing progress_standing(const struct boot *boot)
{
        const struct facts *facts = &boot->facts;
        enum boot_reason reason = boot->choice.reason;
        bool chosen = boot->choice.mode == MODE_RESET && (reason == REASON_MENU || reason == REASON_LOADER_ENTRY);

        return progress_judge(&facts->boot.progress, &boot->keys.progress,
                              facts->boot.request == REQUEST_DUE ? facts->request_digest : NULL, chosen);
}

/* A boot counts as failed until the running system takes that back (cleanslate-boot-ok.service), or a reset is complete. One that
 * is under way counts for itself. 0: this one is not counted. */
static uint32_t number_of_boot(const struct boot *boot)
{
        bool counted = boot->choice.mode == MODE_NORMAL || boot->choice.mode == MODE_RESET;

        if (!counted || boot->facts.boot.boots_max == 0 || progress_standing_is_under_way(boot->facts.boot.standing))
                return 0;
        if (boot->choice.mode == MODE_NORMAL && boot->choice.reason == REASON_MENU)
                return 1; /* a person starts it anyway */
        return boot->facts.boot.boot_count.boots + 1;
}

/* The kernel takes the first microcode that fits, so the image's own comes behind that of addons; of files it keeps the last, so
 * addons come last, and what merely lies on the partition in front of what the stub itself says. */
static void add_initrd_parts(struct boot *boot)
{
        for (size_t i = boot->addons.ucode_count; i > 0; i--)
                initrd_media_add(&boot->initrd, boot->addons.ucodes[i - 1].data);
        initrd_media_add(&boot->initrd, boot->own.uki.sections[UKI_UCODE]);
        initrd_media_add(&boot->initrd, boot->own.uki.sections[UKI_INITRD]);
        for (int i = 0; i < SIDECAR_COUNT; i++)
                initrd_media_add(&boot->initrd, boot->sidecars.archives[i]);
        initrd_media_add(&boot->initrd, boot->extra);
        for (size_t i = 0; i < boot->addons.initrd_count; i++)
                initrd_media_add(&boot->initrd, boot->addons.initrds[i].data);
}

static EFI_STATUS prepare_initrd(struct boot *boot)
{
        const struct measurement *measurement = &boot->measurement;
        const struct boot_count count = { .boots = number_of_boot(boot) };
        bool failed = EFI_ERROR(measurement->status);
        struct handover handover = { .choice = boot->choice,
                                     .tpm_measured = measurement->kernel_image && !failed,
                                     .tpm_failed = failed,
                                     .mode_unmeasured = measurement->mode_failed,
                                     .has_pcr = measurement->has_pcr,
                                     .request = boot->facts.boot.request,
                                     .root = root_policy(&boot->facts),
                                     .stub_partition = boot->own.partition,
                                     .break_glass = boot->facts.boot.break_glass,
                                     .progress = progress_standing(boot),
                                     .built_before = boot->keys.progress.sequence_floor > 0,
                                     .last_reset = boot->last_reset,
                                     .boots = count.boots,
                                     .boot_is_last = boot_count_is_last(&count, boot->facts.boot.boots_max),
                                     .access = boot->facts.boot.access,
                                     .password_given = boot->facts.boot.password_given };
        EFI_STATUS status;

        memcpy(handover.pcr, measurement->pcr, sizeof(handover.pcr));
        own_image_file(&boot->own, handover.stub_file);
        device_secret_reseal(&boot->platform, boot->choice.mode, &boot->keys, &handover);
        progress_keys_withhold(&boot->keys.progress, boot->choice.mode);
        status = extra_build(&boot->platform, &boot->own.uki, &handover, &boot->keys, &boot->extra);
        bytes_wipe(&boot->keys, sizeof(boot->keys));

        if (!EFI_ERROR(status)) {
                add_initrd_parts(boot);
                status = initrd_media_install(&boot->platform, &boot->initrd);
        }
        if (EFI_ERROR(status))
                return fail(&boot->platform, "the initrd cannot be handed over", status_text(status), status);
        return EFI_SUCCESS;
}

static void count_boot(struct boot *boot)
{
        uint32_t number = number_of_boot(boot);
        EFI_STATUS status;

        if (number == 0)
                return;
        status = boot_count_write(&boot->platform, number);
        if (EFI_ERROR(status))
                console_say(&boot->platform, "this boot cannot be counted", status_text(status));
}

/* In ordinary boots alone: what it is written to may be about to be erased. */
static void pass_random_seed(struct boot *boot)
{
        EFI_STATUS status = EFI_NOT_FOUND;

        if (boot->choice.mode == MODE_NORMAL)
                status = random_seed_install(&boot->platform, &boot->own, boot->secure_boot, &boot->random_seed);
        if (EFI_ERROR(status) && status != EFI_NOT_FOUND)
                console_say(&boot->platform, "the random seed on the EFI system partition is not used", status_text(status));
}

/* Without it the initrd checks the signature itself. */
static void offer_certificate(struct boot *boot)
{
        struct bytes certificate = boot->own.uki.sections[UKI_ROOTCRT];

        if (boot->secure_boot && certificate.data != NULL)
                (void)kernel_keys_install(&boot->platform, certificate, &boot->kernel_keys);
}

static EFI_STATUS start_kernel(struct boot *boot)
{
        EFI_STATUS status = kernel_load(&boot->platform, boot->own.uki.sections[UKI_LINUX], &boot->command_line, &boot->kernel);

        if (status == EFI_INCOMPATIBLE_VERSION)
                return fail(&boot->platform, "the kernel is too old, before Linux 5.8 it takes no initrd from a boot stub", NULL,
                            status);
        if (!EFI_ERROR(status)) {
                count_boot(boot);
                status = kernel_start(&boot->platform, &boot->kernel);
        }
        return fail(&boot->platform, "the kernel did not start", status_text(status), status);
}

static void release(struct boot *boot)
{
        initrd_media_uninstall(&boot->platform, &boot->initrd);
        kernel_keys_uninstall(&boot->platform, &boot->kernel_keys);
        random_seed_uninstall(&boot->platform, &boot->random_seed);
        platform_free(&boot->platform, (void *)boot->extra.data);
        sidecars_done(&boot->platform, &boot->sidecars);
        addons_done(&boot->platform, &boot->addons);
        command_line_done(&boot->platform, &boot->command_line);
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
        struct boot boot = { .platform = { image, system } };
        uint64_t started_ticks = ticks_now();
        EFI_STATUS status = open_image(&boot);

        if (!EFI_ERROR(status))
                status = gather(&boot);
        if (!EFI_ERROR(status)) {
                read_choice(&boot);
                status = choose(&boot);
        }
        if (!EFI_ERROR(status))
                status = measure(&boot);
        if (!EFI_ERROR(status)) {
                if (boot.choice.mode == MODE_RESET)
                        store_room_make(&boot.platform);
                take_additions(&boot);
                publish(&boot, started_ticks);
                status = prepare_initrd(&boot);
        }
        if (!EFI_ERROR(status)) {
                offer_certificate(&boot);
                pass_random_seed(&boot);
        }
        if (!EFI_ERROR(status))
                status = start_kernel(&boot); /* does not come back if all is well */
        release(&boot);
        return status;
}
