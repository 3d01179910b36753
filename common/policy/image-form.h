/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verity hash on the measured command line vouches for. */
#ifndef CLEANSLATE_COMMON_IMAGE_FORM_H
#define CLEANSLATE_COMMON_IMAGE_FORM_H

enum image_form {
        IMAGE_ROOT, /* roothash=: the root file system, and /usr in it */
        IMAGE_USR   /* usrhash=: /usr alone; the root file system is one of the volumes */
};

#endif
