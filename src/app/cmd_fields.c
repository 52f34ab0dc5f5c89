/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori fields, sekimori schema: the one table, shown. */
#include "app/command.h"
#include "sekimori/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char fields_help[] =
    "usage: sekimori fields [--events] [--format table|json] [NAME ...]\n\n"
    "The table of fields (or event types) that signatures and events use: name, type, unit, since, meaning.\n"
    "A NAME narrows it: a field, or the beginning of some (icmpv6.ra).\n\n"
    "      --events            event types instead of fields\n"
    "      --format table|json what to print (default: table)\n"
    "  -h, --help              this text\n";

static const char *const many_names[] = {"one", "list", "message only", "alert only"};
static const char *const per_names[] = {"frame", "change of state", "derived"};

static bool chosen(const char *name, int argc, char **argv, bool *used) {
    if (argc == 0)
        return true;
    bool yes = false;
    for (int i = 0; i < argc; i++) {
        size_t n = strlen(argv[i]);
        bool hit = strncmp(name, argv[i], n) == 0 && (name[n] == '\0' || name[n] == '.' || argv[i][n - 1] == '.');
        used[i] |= hit;
        yes |= hit;
    }
    return yes;
}

static void one_field(struct sk_buf *out, struct sk_json_out *j, unsigned i, bool json) {
    const struct sk_field_info *f = &sk_fields[i];
    if (!json) {
        sk_buf_fmt(out, "%-36s %-8s%-3s %-8s %s\n", f->name, sk_field_type_name(f->type),
                   f->many == SK_M_LIST ? "[]" : "", f->unit, f->text);
        return;
    }
    sk_json_object(j);
    sk_json_key(j, "name"), sk_json_text(j, f->name);
    sk_json_key(j, "type"), sk_json_text(j, sk_field_type_name(f->type));
    sk_json_key(j, "many"), sk_json_text(j, many_names[f->many]);
    if (f->unit[0])
        sk_json_key(j, "unit"), sk_json_text(j, f->unit);
    sk_json_key(j, "since"), sk_json_text(j, f->since);
    sk_json_key(j, "description"), sk_json_text(j, f->text);
    sk_json_end_object(j);
}

static void one_event(struct sk_buf *out, struct sk_json_out *j, unsigned i, bool json) {
    const struct sk_event_info *e = &sk_events[i];
    if (!json) {
        sk_buf_fmt(out, "%-22s %-16s %s\n", e->name, per_names[e->per], e->text);
        return;
    }
    sk_json_object(j);
    sk_json_key(j, "name"), sk_json_text(j, e->name);
    sk_json_key(j, "per"), sk_json_text(j, per_names[e->per]);
    sk_json_key(j, "since"), sk_json_text(j, e->since);
    sk_json_key(j, "description"), sk_json_text(j, e->text);
    sk_json_end_object(j);
}

static int print_table(bool events, bool json, int argc, char **argv) {
    struct sk_buf out = {0};
    struct sk_json_out j;
    bool *used = calloc((size_t)argc + 1, sizeof *used);
    int status = EXIT_OK;
    unsigned count = events ? (unsigned)SKE_COUNT : (unsigned)SKF_COUNT;
    const char *const *names = events ? sk_event_type_names() : sk_field_names();
    sk_json_begin(&j, &out);
    if (json)
        sk_json_array(&j);
    for (size_t k = 0; used && names[k]; k++) { /* by name */
        unsigned i = events ? (unsigned)sk_event_type_find(names[k], strlen(names[k]))
                            : (unsigned)sk_field_find(names[k], strlen(names[k]));
        if (!i || i >= count || !chosen(names[k], argc, argv, used))
            continue;
        if (events)
            one_event(&out, &j, i, json);
        else
            one_field(&out, &j, i, json);
    }
    if (json) {
        sk_json_end_array(&j);
        sk_buf_str(&out, "\n");
    }
    for (int i = 0; used && i < argc; i++)
        if (!used[i]) {
            const char *near = sk_nearest(argv[i], names);
            complain("no %s `%s`%s%s%s", events ? "event type" : "field", argv[i], near ? ". Did you mean `" : "",
                     near ? near : "", near ? "`?" : "");
            status = EXIT_WRONG_CALL;
        }
    free(used);
    if (!write_out(STDOUT_FILENO, &out))
        status = EXIT_COULD_NOT;
    sk_buf_free(&out);
    return status;
}

static int run_fields(int argc, char **argv) {
    enum { OPT_EVENTS = 256, OPT_FORMAT };
    static const struct option longs[] = {{"events", no_argument, NULL, OPT_EVENTS},
                                          {"format", required_argument, NULL, OPT_FORMAT},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_fields, ":h", longs};
    static const char *const formats[] = {"table", "json", NULL};
    bool events = false;
    size_t format = 0;
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (c == OPTION_WRONG || (c == OPT_FORMAT && !parse_word("--format", optarg, formats, &format)))
            return EXIT_WRONG_CALL;
        events |= c == OPT_EVENTS;
    }
    return print_table(events, format == 1, argc - optind, argv + optind);
}

const struct command command_fields = {"fields", "the table of fields and event types", fields_help, run_fields};

static const char schema_help[] =
    "usage: sekimori schema [--strict | --opensearch] [alerts]\n"
    "       sekimori schema devices | policy\n\n"
    "The JSON Schema (2020-12) of one alert line, of one line of `sekimori devices`, or of a policy file, for editors. "
    "Of alert lines the open form\n"
    "lets consumers meet fields of later versions; --strict refuses everything this version does not write.\n\n"
    "      --strict      for tests\n"
    "      --opensearch  an index template with the mapping of every field instead\n"
    "  -h, --help    this text\n";

static int run_schema(int argc, char **argv) {
    enum { OPT_STRICT = 256, OPT_OPENSEARCH };
    static const struct option longs[] = {{"strict", no_argument, NULL, OPT_STRICT},
                                          {"opensearch", no_argument, NULL, OPT_OPENSEARCH},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_schema, ":h", longs};
    bool strict = false, opensearch = false;
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (c == OPTION_WRONG)
            return EXIT_WRONG_CALL;
        strict |= c == OPT_STRICT;
        opensearch |= c == OPT_OPENSEARCH;
    }
    static const char *const of[] = {"alerts", "devices", "policy", NULL};
    size_t word = 0;
    if (argc - optind > 1) {
        complain("schema takes one name: alerts, devices or policy");
        return EXIT_WRONG_CALL;
    }
    if (optind < argc && !parse_word("schema", argv[optind], of, &word))
        return EXIT_WRONG_CALL;
    struct sk_buf out = {0};
    if (word == 2)
        sk_policy_schema(&out);
    char *text = word == 2    ? NULL
                 : word == 1  ? strdup(sk_devices_schema())
                 : opensearch ? sk_alert_opensearch()
                              : sk_alert_schema(strict);
    if (text)
        sk_buf_fmt(&out, "%s\n", text);
    free(text);
    bool ok = write_out(STDOUT_FILENO, &out);
    sk_buf_free(&out);
    return ok ? EXIT_OK : EXIT_COULD_NOT;
}

const struct command command_schema = {"schema", "the JSON Schema of an alert or device line, or of a policy",
                                       schema_help, run_schema};
