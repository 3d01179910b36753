/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificate as one HTML page that needs nothing else and prints on paper. */
#ifndef CLEANSLATE_RESET_TOOL_CERTIFICATE_PAGE_H
#define CLEANSLATE_RESET_TOOL_CERTIFICATE_PAGE_H

#include "reset-tool/certificate.h"

/* False: the record is not JSON; what is in `output` then is no page. Errors of writing stay in the stream. */
bool certificate_page(FILE *output, const struct certificate *certificate);

#endif
