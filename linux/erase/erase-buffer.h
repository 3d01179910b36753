/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for requests past the page cache. */
#ifndef CLEANSLATE_LINUX_ERASE_BUFFER_H
#define CLEANSLATE_LINUX_ERASE_BUFFER_H

#include <stddef.h>

/* At least `size` bytes of zeros, in huge pages where the kernel has them: a request is then one piece of memory to the device,
 * where 128 single pages are more than an NVMe request may have, so that each would be torn in two. NULL: no memory. free() it.
 */
void *erase_buffer_new(size_t size);

#endif
