/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/wish-options.h"

#include <getopt.h>

bool wish_option(const struct environment *environment, char **argv, int option, struct wish *wish)
{
        switch (option) {
        case WISH_OPTION_LEVEL:
                if (erase_level_parse(optarg, &wish->level))
                        return true;
                fprintf(environment->errors,
                        "cleanslate %s: there is no level \"%s\". It is crypto (keys are destroyed; what may be plain text is "
                        "overwritten), clear (everything is overwritten) or purge (by the device's own command).\n",
                        argv[0], optarg);
                return false;
        case WISH_OPTION_NO_TPM:
                wish->tpm_clear = TPM_CLEAR_SKIP;
                return true;
        case WISH_OPTION_TPM_CLEAR:
                if (tpm_clear_policy_parse(optarg, &wish->tpm_clear))
                        return true;
                fprintf(environment->errors,
                        "cleanslate %s: unknown TPM policy \"%s\". Use required (a reset without it fails), try (a failure does "
                        "not stop the reset) or skip (the TPM stays as it is).\n",
                        argv[0], optarg);
                return false;
        default:
                fprintf(environment->errors,
                        "cleanslate %s: unknown option, or one without its value: %s\nSee `cleanslate %s --help`.\n", argv[0],
                        argv[optind - 1], argv[0]);
                return false;
        }
}

bool wish_allowed(const struct wish *wish, const struct policy *policy, struct explanation *ret_why)
{
        enum erase_level level = policy->settings.erase_level;
        enum tpm_clear_policy clear = policy->settings.tpm_clear;
        if (wish->level != ERASE_LEVEL_UNSET && wish->level < level)
                return explain(
                        ret_why,
                        "the level %s is lower than the image's policy allows: its cleanslate.conf says erase-level=%s. Ask for "
                        "that or a higher one, or leave --level away.",
                        erase_level_name(wish->level), erase_level_name(level));
        if (wish->tpm_clear == TPM_CLEAR_SKIP && clear != TPM_CLEAR_SKIP)
                return explain(ret_why,
                               "the TPM cannot be left out: the image's cleanslate.conf says tpm-clear=%s. Omit --no-tpm and "
                               "--tpm-clear=skip, or use "
                               "an image whose policy says tpm-clear=skip.",
                               tpm_clear_policy_name(clear == TPM_CLEAR_UNSET ? TPM_CLEAR_REQUIRED : clear));
        return true;
}
