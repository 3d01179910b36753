/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linux/image/file-system-try.h"

#include "linux/image/file-system-maker.h"
#include <errno.h>

int file_system_try(const struct file_system_trial *trial, char ret_line[static CAGE_OUTPUT_MAX])
{
        struct file_system_maker maker;
        const struct cage cage = {
                .root_path = trial->root_path,
                .is_bare = trial->is_bare,
                .file_bytes = trial->size_bytes,
                .variable = FILE_SYSTEM_MAKER_VARIABLE,
                .timeout_s = trial->timeout_s ? trial->timeout_s : FILE_SYSTEM_TRY_SECONDS,
                .line = CAGE_LAST_ERROR_LINE,
        };
        file_system_maker_command(trial->format, trial->label, CAGE_DEVICE, &maker);
        int r = cage_run(&cage, maker.words, ret_line);
        /* it was started, took label and options, and wrote until there was no more memory for it: a disk has the room */
        if (r == CAGE_FILE_FULL)
                return 0;
        return r == CAGE_TIMED_OUT ? -ETIME : r;
}
