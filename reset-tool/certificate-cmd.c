/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cleanslate certificate: the records of resets as certificates: listed, shown, verified, taken along. Changes nothing on the
 * device; `export` writes where it is told to. */
#include "common/base/safe-text.h"
#include "linux/base/cleanup.h"
#include "linux/base/file.h"
#include "reset-tool/certificate-page.h"
#include "reset-tool/certificate-rows.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#define STATUS_UNSIGNED         3
#define STATUS_OTHER_BOOT       4
#define STATUS_NOT_SANITIZATION 5
#define KEY_FILE_MAX            4096

static const char help[] =
        "cleanslate certificate list [--json]\n"
        "cleanslate certificate show [RECORD] [--json]\n"
        "cleanslate certificate verify [RECORD] [--key=FILE] [--expected-pcrs=FILE] [--pcr=N=HEX...] [--json]\n"
        "cleanslate certificate export [RECORD] [--output=DIRECTORY]\n"
        "\n"
        "The records of this device's resets as certificates. RECORD is a name from the list or how it begins, or the\n"
        "path of a record's .json file, which may come from another machine; without it, the newest on this device.\n"
        "`verify` says whether the record is what the device's TPM signed, and, where it is told what to expect, whether\n"
        "that was in a reset boot of this image. `export` writes the record, its signature, and a page to print.\n"
        "\n"
        "  -k, --key=FILE            the device's key in PEM, known from before; any other key's signature is refused\n"
        "  -p, --expected-pcrs=FILE  the PCRs of the image's reset boots, as its builder wrote them\n"
        "      --pcr=N=HEX           what PCR N has to be, instead of what FILE says of it; may be given several times\n"
        "  -o, --output=DIRECTORY    where to export to, here if it is not given\n"
        "  -j, --json                as JSON\n"
        "  -h, --help                show this help\n"
        "\n"
        "Exit status of verify: 0 signed, and where PCRs were given, in a reset boot of this image; 1 not what was\n"
        "signed, or failure; 2 wrong usage; 3 nobody has signed it; 4 signed, but not shown to be in a reset boot of this\n"
        "image; 5 as with 0, but of a first boot, or of a reset that is not complete: no certificate of sanitization.\n";

struct certificate_options {
        bool json, help;
        const char *key_path, *expected_path, *output, *verb, *which;
        struct expected_pcrs expected; /* of --pcr */
};

enum { OPTION_PCR = 0x100 };

static bool refuse(const struct environment *environment, const char *what, const char *argument)
{
        fprintf(environment->errors, "cleanslate certificate: %s%s\nSee `cleanslate certificate --help`.\n", what, argument);
        return false;
}

static bool take_words(const struct environment *environment, int argc, char **argv, struct certificate_options *ret)
{
        if (ret->help)
                return true;
        if (optind >= argc)
                return refuse(environment, "say what to do: list, show, verify or export", "");
        ret->verb = argv[optind++];
        ret->which = optind < argc ? argv[optind++] : NULL;
        if (optind < argc || (ret->which && strcmp(ret->verb, "list") == 0))
                return refuse(environment, "too many arguments: ", argv[argc - 1]);
        if ((ret->key_path || ret->expected_path || ret->expected.count > 0) && strcmp(ret->verb, "verify") != 0)
                return refuse(environment, "--key, --expected-pcrs and --pcr can only be used with verify", "");
        return !ret->output || strcmp(ret->verb, "export") == 0 ||
               refuse(environment, "--output can only be used with export", "");
}

static bool take_option(const struct environment *environment, int option, char **argv, struct certificate_options *ret)
{
        switch (option) {
        case 'j':
                ret->json = true;
                return true;
        case 'k':
                ret->key_path = optarg;
                return true;
        case 'p':
                ret->expected_path = optarg;
                return true;
        case OPTION_PCR:
                return expected_pcrs_add(optarg, &ret->expected) == ERR_OK ||
                       refuse(environment,
                              "not the number of a PCR, =, and 64 hexadecimal digits, or too many of them: ", optarg);
        case 'o':
                ret->output = optarg;
                return true;
        case 'h':
                ret->help = true;
                return true;
        default:
                return refuse(environment, "unknown option, or one that lacks its value: ", argv[optind - 1]);
        }
}

static bool parse_options(const struct environment *environment, int argc, char **argv, struct certificate_options *ret)
{
        static const struct option known[] = { { "json", no_argument, NULL, 'j' },
                                               { "key", required_argument, NULL, 'k' },
                                               { "expected-pcrs", required_argument, NULL, 'p' },
                                               { "pcr", required_argument, NULL, OPTION_PCR },
                                               { "output", required_argument, NULL, 'o' },
                                               { "help", no_argument, NULL, 'h' },
                                               { 0 } };
        *ret = (struct certificate_options){ 0 };
        optind = 0; /* start anew, even in a process that has parsed options before */
        opterr = 0;
        for (int option; (option = getopt_long(argc, argv, "jk:p:o:h", known, NULL)) != -1;)
                if (!take_option(environment, option, argv, ret))
                        return false;
        return take_words(environment, argc, argv, ret);
}

static int fail(const struct environment *environment, const struct explanation *why)
{
        fprintf(environment->errors, "cleanslate certificate: %s\n", why->text);
        return STATUS_FAILURE;
}

static int status_of(const struct certificate *certificate)
{
        if (certificate->companion_err != ERR_OK)
                return STATUS_FAILURE;
        if (certificate->verification.verdict == RECORD_UNSIGNED)
                return STATUS_UNSIGNED;
        if (certificate->verification.verdict != RECORD_VERIFIED)
                return STATUS_FAILURE;
        if (certificate->boot.verdict != BOOT_NOT_COMPARED && certificate->boot.verdict != BOOT_RESET &&
            certificate->boot.verdict != BOOT_RECOVERY)
                return STATUS_OTHER_BOOT;
        return certificate_of_sanitization(certificate) ? STATUS_OK : STATUS_NOT_SANITIZATION;
}

static int print_json(const struct environment *environment, const struct certificate *certificate, bool with_record)
{
        size_t capacity = CERTIFICATE_JSON_MAX + (with_record ? 6 * certificate->record_size : 0);
        _cleanup_free_ char *text = malloc(capacity);
        struct writer writer = writer_over(text, text ? capacity : 0);
        if (text)
                certificate_json(&writer, certificate, with_record);
        if (!text || writer.overflow)
                return fail(environment, &(struct explanation){ "Not enough memory for the certificate." });
        fprintf(environment->output, "%s\n", text);
        return STATUS_OK;
}

static void print_row(void *context, const char *label, const char *value)
{
        FILE *output = context;
        char shown_label[128], shown[1024];
        if (!label)
                fprintf(output, "\n%s\n", safe_text(value, shown, sizeof(shown)));
        else
                fprintf(output, "  %-26s %s\n", safe_text(label, shown_label, sizeof(shown_label)),
                        safe_text(value, shown, sizeof(shown)));
}

static void print_boot(FILE *output, const struct certificate *certificate)
{
        const struct boot_comparison *boot = &certificate->boot;
        char pcrs[CERTIFICATE_PCRS_MAX];
        if (boot->compared)
                fprintf(output, "  compared: %s\n", certificate_pcrs(boot->compared, pcrs));
        if (boot->differing)
                fprintf(output, "  not as expected: %s\n", certificate_pcrs(boot->differing, pcrs));
}

static void print_verdict(FILE *output, const struct certificate *certificate)
{
        const struct record_verification *verification = &certificate->verification;
        char shown[256], digest[2 * SHA256_SIZE + 1];
        fprintf(output, "%s: %s\n", certificate_verdict_name(certificate), certificate_verdict_text(certificate));
        if (certificate->signature->unsigned_why[0])
                fprintf(output, "  because %s\n", safe_text(certificate->signature->unsigned_why, shown, sizeof(shown)));
        if (!certificate_of_sanitization(certificate))
                fprintf(output, "  no certificate of sanitization: the record is of a %s\n", certificate_kind(certificate));
        if (!verification->key_pem[0])
                return;
        print_boot(output, certificate);
        struct writer writer = writer_over(digest, sizeof(digest));
        writer_hex(&writer, verification->key_digest, SHA256_SIZE);
        fprintf(output, "  signed by the key %s\n  at start %lu of the TPM since it was made or cleared\n", digest,
                (unsigned long)verification->claim.reset_count);
        if (!certificate->key_pinned)
                fputs("  which may be anybody's: whose it is, only `verify --key=` with the device's key can tell\n", output);
}

static int show(const struct environment *environment, const struct certificate_options *options,
                const struct certificate *certificate)
{
        if (options->json)
                return print_json(environment, certificate, true);
        if (certificate_of_sanitization(certificate))
                fputs("Certificate of sanitization (NIST SP 800-88 Rev. 2, section 4.6)\n", environment->output);
        else
                fprintf(environment->output, "Record of a %s; no certificate of sanitization\n", certificate_kind(certificate));
        if (!certificate_rows(certificate, print_row, environment->output))
                return fail(environment, &(struct explanation){ "The record is not JSON; it is damaged." });
        fputs("\nSignature of the device\n", environment->output);
        print_verdict(environment->output, certificate);
        return STATUS_OK;
}

static int verify(const struct environment *environment, const struct certificate_options *options,
                  const struct certificate *certificate)
{
        int status = options->json ? print_json(environment, certificate, false) : STATUS_OK;
        if (!options->json)
                print_verdict(environment->output, certificate);
        return status == STATUS_OK ? status_of(certificate) : status;
}

/* -- export -- */

static int export_file(const struct environment *environment, int directory_fd, const char *name, const char *suffix,
                       const void *data, size_t size)
{
        char file[128];
        (void)snprintf(file, sizeof(file), "%s%s", name, suffix);
        int r = file_replace(directory_fd, file, data, size, 0644);
        if (r < 0)
                fprintf(environment->errors, "cleanslate certificate: cannot write %s: %s.\n", file, strerror(-r));
        else
                fprintf(environment->output, "%s\n", file);
        return r;
}

static int export_page(const struct environment *environment, int directory_fd, const struct certificate *certificate)
{
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        if (!stream)
                return -errno;
        bool good = certificate_page(stream, certificate);
        if (fclose(stream) != 0)
                return -errno;
        if (!good) {
                fputs("cleanslate certificate: the record is not JSON, so there is no page of it.\n", environment->errors);
                return -EBADMSG;
        }
        return export_file(environment, directory_fd, certificate->name, ".html", text, size);
}

static int export(const struct environment *environment, const struct certificate_options *options,
                  const struct certificate *certificate)
{
        const char *path = options->output ? options->output : ".";
        _cleanup_close_ int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0) {
                fprintf(environment->errors, "cleanslate certificate: cannot export to %s: %s.\n", path, strerror(errno));
                return STATUS_FAILURE;
        }
        int r = export_file(environment, directory, certificate->name, ".json", certificate->record, certificate->record_size);
        if (r == 0 && certificate->companion)
                r = export_file(environment, directory, certificate->name, ".sig", certificate->companion,
                                certificate->companion_size);
        if (r == 0)
                r = export_page(environment, directory, certificate);
        return r < 0 ? STATUS_FAILURE : STATUS_OK;
}

static const struct {
        const char *name;
        int (*run)(const struct environment *environment, const struct certificate_options *options,
                   const struct certificate *certificate);
} verbs[] = { { "show", show }, { "verify", verify }, { "export", export } };

/* Beside those of --pcr. */
static bool read_expected(const char *path, struct expected_pcrs *expected, struct explanation *ret_why)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = file_read(AT_FDCWD, path, EXPECTED_PCRS_TEXT_MAX, &text, &size);
        if (r < 0)
                return explain(ret_why, "Cannot read the expected PCRs %s: %s.", path, file_read_error_text(r));
        enum err err = expected_pcrs_read(text, size, expected);
        if (err == ERR_UNSUPPORTED)
                return explain(ret_why, "%s is no file of expected PCRs, as the image's builder writes it.", path);
        return err == ERR_OK || explain(ret_why, "The expected PCRs in %s cannot be used: the file %s.", path, err_text(err));
}

static bool read_key(const char *path, char **ret, struct explanation *ret_why)
{
        size_t size;
        int r = file_read(AT_FDCWD, path, KEY_FILE_MAX, ret, &size);
        return r == 0 || explain(ret_why, "Cannot read the key %s: %s.", path,
                                 r == -E2BIG ? "it is too long for a PEM key" : file_read_error_text(r));
}

static int run_verb(const struct environment *environment, const struct certificate_options *options, size_t verb)
{
        _cleanup_free_ char *key = NULL;
        struct certificate certificate;
        struct explanation why;
        struct certificate_wanted wanted = { .expected = options->expected };
        if ((options->key_path && !read_key(options->key_path, &key, &why)) ||
            (options->expected_path && !read_expected(options->expected_path, &wanted.expected, &why)))
                return fail(environment, &why);
        wanted.key_pem = key;
        if (!certificate_load(environment, options->which, &wanted, &certificate, &why))
                return fail(environment, &why);
        int status = verbs[verb].run(environment, options, &certificate);
        certificate_release(&certificate);
        return status;
}

int certificate_command(const struct environment *environment, int argc, char **argv)
{
        struct certificate_options options;
        if (!parse_options(environment, argc, argv, &options))
                return STATUS_USAGE;
        if (options.help) {
                fputs(help, environment->output);
                return STATUS_OK;
        }
        if (strcmp(options.verb, "list") == 0) {
                char *log[] = { argv[0], (char *)"--json", NULL };
                return log_command(environment, options.json ? 2 : 1, log);
        }
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
                if (strcmp(options.verb, verbs[i].name) == 0)
                        return run_verb(environment, &options, i);
        (void)refuse(environment, "unknown subcommand: ", options.verb);
        return STATUS_USAGE;
}
