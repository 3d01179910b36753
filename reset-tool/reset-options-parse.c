/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset-tool/reset-options-parse.h"

#include <getopt.h>

bool reset_option_parse(const struct environment *environment, char **argv, int option, struct reset_options *options)
{
        switch (option) {
        case RESET_OPTION_LEVEL:
                if (erase_level_parse(optarg, &options->level))
                        return true;
                fprintf(environment->errors,
                        "cleanslate %s: there is no level \"%s\". It is crypto (keys are destroyed; what may be plain text is "
                        "overwritten), clear (everything is overwritten) or purge (by the device's own command).\n",
                        argv[0], optarg);
                return false;
        case RESET_OPTION_NO_TPM:
                options->tpm_clear = TPM_CLEAR_SKIP;
                return true;
        case RESET_OPTION_TPM_CLEAR:
                if (tpm_clear_policy_parse(optarg, &options->tpm_clear))
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

bool reset_options_allowed(const struct reset_options *options, const struct policy *policy, struct explanation *ret_why)
{
        enum erase_level level = policy->settings.erase_level;
        enum tpm_clear_policy clear = policy->settings.tpm_clear;
        if (options->level != ERASE_LEVEL_UNSET && options->level < level)
                return explain(
                        ret_why,
                        "the level %s is lower than the image's policy allows: its cleanslate.conf says erase-level=%s. Ask for "
                        "that or a higher one, or leave --level away.",
                        erase_level_name(options->level), erase_level_name(level));
        if (options->tpm_clear == TPM_CLEAR_SKIP && clear != TPM_CLEAR_SKIP)
                return explain(ret_why,
                               "the TPM cannot be left out: the image's cleanslate.conf says tpm-clear=%s. Omit --no-tpm and "
                               "--tpm-clear=skip, or use "
                               "an image whose policy says tpm-clear=skip.",
                               tpm_clear_policy_name(clear == TPM_CLEAR_UNSET ? TPM_CLEAR_REQUIRED : clear));
        return true;
}
