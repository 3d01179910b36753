/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For checkup.c alone: what is thought of the facts, one judge a check. */
#ifndef CLEANSLATE_COMMON_CHECKUP_JUDGE_H
#define CLEANSLATE_COMMON_CHECKUP_JUDGE_H

#include "common/plan/checkup.h"

/* A fact that was tried: its detail is the text where it is bad. */
void checkup_find_fact(struct check_result *result, const struct check_fact *fact, const char *good, const char *remedy);

void judge_boot(const struct checkup_facts *facts, struct check_result *result);
void judge_root(const struct checkup_facts *facts, struct check_result *result);
void judge_esp(const struct checkup_facts *facts, struct check_result *result);
void judge_esp_space(const struct checkup_facts *facts, struct check_result *result);
void judge_variables(const struct checkup_facts *facts, struct check_result *result);
void judge_tpm(const struct checkup_facts *facts, struct check_result *result);
void judge_tpm_clear(const struct checkup_facts *facts, struct check_result *result);
void judge_secure_boot(const struct checkup_facts *facts, struct check_result *result);
void judge_secure_boot_keys(const struct checkup_facts *facts, struct check_result *result);
void judge_seal_pcrs(const struct checkup_facts *facts, struct check_result *result);
void judge_request(const struct checkup_facts *facts, struct check_result *result);
void judge_progress(const struct checkup_facts *facts, struct check_result *result);
void judge_medium(const struct checkup_facts *facts, struct check_result *result);
void judge_power(const struct checkup_facts *facts, struct check_result *result);
void judge_break_glass(const struct checkup_facts *facts, struct check_result *result);
void judge_reseal(const struct checkup_facts *facts, struct check_result *result);
void judge_console(const struct checkup_facts *facts, struct check_result *result);
void judge_reset_key(const struct checkup_facts *facts, struct check_result *result);

#endif
