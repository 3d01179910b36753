/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies beside an image and is handed to the initrd as it is: credentials, system extensions, configuration extensions. Which
 * files these are, in which order, how they are packed and where they are measured, as systemd-stub(7) of 257 and later has it.
 * None of it is authenticated here; whoever uses it has to. */
#ifndef CLEANSLATE_COMMON_SIDECAR_H
#define CLEANSLATE_COMMON_SIDECAR_H

#include "common/format/cpio.h"
#include "common/format/file-info.h"

#define SIDECAR_FILES_MAX       64                  /* of a kind; systemd-stub takes any number */
#define SIDECAR_CREDENTIALS_MAX (1024 * 1024)       /* bytes of a kind: systemd takes no more of all of them together */
#define SIDECAR_EXTENSIONS_MAX  (512 * 1024 * 1024) /* bytes of a kind; they lie in memory twice while the kernel unpacks them */
#define SIDECAR_PATH_MAX        512
#define SIDECAR_ADDON_END       ".addon.efi"

/* In the order in which they are measured and handed over. */
enum sidecar {
        SIDECAR_CREDENTIALS,
        SIDECAR_GLOBAL_CREDENTIALS,
        SIDECAR_SYSEXTS,
        SIDECAR_GLOBAL_SYSEXTS,
        SIDECAR_CONFEXTS,
        SIDECAR_GLOBAL_CONFEXTS,
        SIDECAR_COUNT
};

struct sidecar_kind {
        const char *directory;   /* of the partition; NULL: the one beside the image */
        const char *end, *other; /* what names end with, in either case, and must not end with; NULL: anything else */
        const char *target;      /* the directory in the initrd */
        const char *event;       /* what the event log calls it */
        const char *words;       /* what people call it: "credentials beside the image" */
        uint32_t directory_mode, file_mode;
        unsigned pcr;
        size_t size_max; /* bytes of all its files */
};

const struct sidecar_kind *sidecar_kind(enum sidecar sidecar);

/* The directory beside an image: "EFI/Linux/a+3-1.efi" -> "EFI/Linux/a.efi.extra.d", without the tries that systemd-boot counts
 * in its name. False: the image's path is not known, or too long. */
bool sidecar_directory(const char *image, char ret[static SIDECAR_PATH_MAX]);

/* Files in the order of their names' bytes. */
struct sidecar_list {
        struct file_info files[SIDECAR_FILES_MAX];
        size_t count;
        uint64_t size_bytes; /* of all of them */
};

bool sidecar_name_fits(const char *name, const char *end, const char *other);

/* ERR_TOO_LARGE: one more than there may be, or more bytes than `size_max`; the list is as it was. */
enum err sidecar_list_add(struct sidecar_list *list, const struct file_info *file, size_t size_max);

/* Capacity for the whole archive. */
size_t sidecar_archive_size_max(const struct sidecar_kind *kind, const struct sidecar_list *list);

/* The directories; the files follow by sidecar_archive_file(), in the list's order, and cpio_trailer(). */
void sidecar_archive_begin(const struct sidecar_kind *kind, struct writer *writer, uint32_t *inode);
uint8_t *sidecar_archive_file(const struct sidecar_kind *kind, const struct file_info *file, struct writer *writer,
                              uint32_t *inode);

#endif
