/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges an image below a directory as a device will, so that its maker hears of what is wrong and not its owner:
 *
 *   check-policy [--usr] ROOT [DISK ESP-UUID ROOT-HASH]
 *
 * ROOT is the root file system, laid out as a directory. --usr: the image is /usr alone, which ROOT has at usr, and ROOT-HASH is
 * its hash; what else a device has at / while it reads the image is empty directories and the links into /usr. DISK is a file
 * with the partition table that a device gets; then plans are made for it, too. Where ROOT has a manifest it is the finished
 * root, and what is built from it is looked at as well. Prints
 * {"problems":[TEXT...],"read":BOOLEAN,"definitions":[{"file","type","sizeMinBytes","factoryReset","format","encrypt","integrity","mountPoint","copies":
 * [{"source","target"}]}]}: everything at once, and what was read; "read": all of it was. */
#include "common/base/json-write.h"
#include "common/base/partition-type.h"
#include "common/boot/image-identity.h"
#include "common/policy/preserve-rule.h"
#include "images/check-places.h"
#include "images/definition-where.h"
#include "images/judge-plans.h"
#include "linux/base/cleanup.h"
#include "linux/disk/inventory.h"
#include "linux/image/factory-image.h"
#include "linux/image/file-system-maker.h"
#include "linux/image/image-hooks.h"
#include "linux/image/image-parts.h"
#include "linux/image/policy-files.h"
#include "linux/image/tree-list-read.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define OUTPUT_MAX (1u << 20)

static int give_up(const char *what, int r)
{
        (void)fprintf(stderr, "check-policy: %s: %s\n", what, strerror(-r));
        return EXIT_FAILURE;
}

/* -- the policy ------------------------------------------------------------------------------------------------------------ */

static void take_error(void *context, const struct policy_error *error)
{
        char text[512];
        policy_error_format(error, text, sizeof(text));
        problem_add(context, "%s", text);
}

/* Its owner would hear of it from a refused reset. */
static void check_kept_sealed(int root_fd, const struct policy *policy, struct problems *problems)
{
        int kept = policy->settings.tpm_clear == TPM_CLEAR_SKIP ? -1 : policy_find_kept_sealed(policy);
        char where[WHERE_MAX];
        if (kept < 0)
                return;
        definition_where(root_fd, policy->form, policy->partitions[kept].file, "Encrypt", where);
        problem_add(problems,
                    "%s: tpm2 without FactoryReset=yes: a reset clears the TPM, and the partition could not be opened any "
                    "more. Do not encrypt it, or set tpm-clear=skip in cleanslate.conf",
                    where);
}

static void check_preserve_rules(const struct policy *policy, struct problems *problems)
{
        for (uint32_t i = 0; i < policy->settings.preserve_rule_count; i++) {
                const struct preserve_rule *rule = &policy->settings.preserve_rules[i];
                if (!preserve_rule_has_use(policy, rule))
                        problem_add(problems,
                                    "cleanslate.conf:%u: path: %s is on no partition that a reset erases, so that nothing could "
                                    "be kept there. Name a path below the first mount point of a definition with "
                                    "FactoryReset=yes, or "
                                    "omit the section [Keep].",
                                    rule->line, rule->path);
        }
}

static void check_hooks(int root_fd, const struct policy *policy, struct problems *problems)
{
        char text[512] = "";
        const struct trouble trouble = { text, sizeof(text) };
        if (image_hooks_check(root_fd, &policy->settings, &trouble) < 0)
                problem_add(problems, "%s", text);
}

/* -- what it is built with ------------------------------------------------------------------------------------------------- */

static const char *maker_fault(int r)
{
        return r == -ENOENT    ? "is not in the image, or a link to nothing"
               : r == -EACCES  ? "is not executable"
               : r == -ENOEXEC ? "is no program"
                               : "cannot be read";
}

static void check_makers(int root_fd, const struct policy *policy, struct problems *problems)
{
        for (size_t d = 0; d < policy->partition_count; d++) {
                const struct partition_definition *definition = &policy->partitions[d];
                char program[FILE_SYSTEM_MAKER_PATH_MAX], where[WHERE_MAX];
                int r = definition->format[0] ? file_system_maker_check(root_fd, definition->format) : 0;
                if (r == 0)
                        continue;
                file_system_maker_path(definition->format, program);
                definition_where(root_fd, policy->form, definition->file, "Format", where);
                problem_add(problems,
                            "%s: %s %s. Install the package that has it (e2fsprogs, dosfstools, btrfs-progs, xfsprogs).", where,
                            program, maker_fault(r));
        }
}

static void check_copied_files(int root_fd, const struct policy *policy, struct problems *problems)
{
        struct tree_totals totals = { 0 };
        for (size_t d = 0; d < policy->partition_count; d++) {
                const struct partition_definition *definition = &policy->partitions[d];
                for (size_t i = 0; i < definition->copy_count; i++) {
                        char where[WHERE_MAX];
                        int r = tree_read_through(root_fd, definition->copies[i].source, &totals);
                        if (r == 0)
                                continue;
                        definition_where(root_fd, policy->form, definition->file, "CopyFiles", where);
                        problem_add(problems, "%s: %s cannot be read from the image: %s. Put it there, or omit the line.", where,
                                    definition->copies[i].source, strerror(-r));
                }
        }
}

static bool is_finished(int root_fd)
{
        return faccessat(root_fd, &MANIFEST_PATH[1], F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Of each volume: a device finds it out when it has erased everything. */
static void check_room(int root_fd, const struct policy *policy, const struct plan *first, const struct factory_image *image,
                       struct problems *problems)
{
        for (size_t d = 0; d < policy->partition_count; d++) {
                const char *key = policy->partitions[d].size_max_bytes == UINT64_MAX ? "SizeMinBytes" : "SizeMaxBytes";
                char text[512] = "", at[WHERE_MAX];
                const struct trouble trouble = { text, sizeof(text) };
                if (factory_image_check_room(policy, first, d, image, &trouble) == 0)
                        continue;
                definition_where(root_fd, policy->form, policy->partitions[d].file, key, at);
                problem_add(problems, "%s: %s", at, text);
        }
}

static void check_manifest(int root_fd, const struct policy *policy, const struct plan *first, struct problems *problems)
{
        char text[512] = "";
        const struct trouble trouble = { text, sizeof(text) };
        struct factory_image image = { 0 };
        int r = factory_image_read_manifest(root_fd, &image, &trouble);
        if (r == 0 && !check_mount_points(root_fd, policy, (struct bytes){ (const uint8_t *)image.manifest, image.manifest_size },
                                          problems)) {
                factory_image_done(&image); /* what has no place, the manifest does not describe either */
                return;
        }
        if (r == 0 && first->step_count > 0)
                r = factory_image_check_parts(policy, first, &image, &trouble);
        if (r == 0)
                check_room(root_fd, policy, first, &image, problems);
        factory_image_done(&image);
        if (r < 0)
                problem_add(problems, "%s", text);
}

/* -- the disk -------------------------------------------------------------------------------------------------------------- */

static int take_stock(char **argv, enum image_form form, struct inventory *ret)
{
        struct image_identity image;
        char line[ROOT_HASH_SIZE_MAX * 2 + 16];
        struct guid esp;
        (void)snprintf(line, sizeof(line), "%s%s", image_form_option(form), argv[2]);
        if (!guid_parse(argv[1], strlen(argv[1]), &esp) || image_identity_read(line, strlen(line), &image) != ERR_OK)
                return -EINVAL;
        int r = inventory_read_disk(argv[0], &esp, ret);
        if (r < 0)
                return r;
        inventory_mark_image(ret, &image.data_uuid);
        inventory_mark_image(ret, &image.hash_uuid);
        for (size_t p = 0; p < ret->partition_count;
             p++) /* a device reads what it says; here there is one, and it is the image's */
                if (partition_type_is_verity_signature(&ret->partitions[p].type))
                        inventory_mark_image(ret, &ret->partitions[p].uuid);
        return 0;
}

/* -- the answer ------------------------------------------------------------------------------------------------------------ */

static void write_definition(struct writer *json, const struct partition_definition *definition)
{
        char type[GUID_TEXT_SIZE];
        json_open(json, '{');
        json_member_text(json, "file", definition->file);
        guid_format(&definition->type, type);
        json_member_text(json, "type", partition_type_name(&definition->type) ? partition_type_name(&definition->type) : type);
        json_member_number(json, "sizeMinBytes", definition->size_min_bytes);
        json_member_flag(json, "factoryReset", definition->factory_reset);
        json_member_text(json, "format", definition->format);
        json_member_text(json, "encrypt", encrypt_mode_name(definition->encrypt));
        json_member_text(json, "integrity", integrity_mode_name(definition->integrity));
        json_member_text(json, "mountPoint", definition->mount_point);
        json_member_open(json, "copies", '[');
        for (size_t i = 0; i < definition->copy_count; i++) {
                json_open(json, '{');
                json_member_text(json, "source", definition->copies[i].source);
                json_member_text(json, "target", definition->copies[i].target);
                json_close(json, '}');
        }
        json_close(json, ']');
        json_close(json, '}');
}

static void check_everything(int root_fd, const struct policy *policy, const struct inventory *inventory,
                             struct problems *problems)
{
        static struct plan first; /* large */
        check_kept_sealed(root_fd, policy, problems);
        check_preserve_rules(policy, problems);
        check_hooks(root_fd, policy, problems);
        check_places(root_fd, policy, problems);
        check_makers(root_fd, policy, problems);
        if (inventory)
                judge_plans(root_fd, policy, inventory, problems, &first);
        if (!is_finished(root_fd))
                return;
        check_copied_files(root_fd, policy, problems);
        check_manifest(root_fd, policy, &first, problems);
}

int main(int argc, char **argv)
{
        static struct policy policy; /* large, all three */
        static struct inventory inventory;
        static char output[OUTPUT_MAX];
        struct writer json = writer_over(output, sizeof(output));
        struct problems problems = { .json = &json };
        const enum image_form form = argc > 1 && strcmp(argv[1], "--usr") == 0 ? IMAGE_USR : IMAGE_ROOT;
        argc -= form == IMAGE_USR;
        argv += form == IMAGE_USR;
        if (argc != 2 && argc != 5) {
                (void)fprintf(stderr, "usage: check-policy [--usr] ROOT [DISK ESP-UUID ROOT-HASH]\n");
                return EXIT_FAILURE;
        }
        _cleanup_close_ int root_fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return give_up(argv[1], -errno);
        int r = argc == 5 ? take_stock(argv + 2, form, &inventory) : 0;
        if (r < 0)
                return give_up(argv[2], r);
        json_open(&json, '{');
        json_member_open(&json, "problems", '[');
        const bool is_read = policy_files_read_all(root_fd, form, &policy, take_error, &problems) == 0;
        if (is_read)
                check_everything(root_fd, &policy, argc == 5 ? &inventory : NULL, &problems);
        else
                check_makers(root_fd, &policy, &problems); /* of what could be read; no more can be said of half a policy */
        json_close(&json, ']');
        json_member_flag(&json, "read", is_read);
        json_member_open(&json, "definitions", '[');
        for (size_t d = 0; d < policy.partition_count; d++)
                write_definition(&json, &policy.partitions[d]);
        json_close(&json, ']');
        json_close(&json, '}');
        return json.overflow || puts(output) < 0 ? give_up("the answer", -ENOSPC) : EXIT_SUCCESS;
}
