/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori policy: is it right, and what is in force? */
#include "app/policy_command.h"

static const char help[] =
    "usage: sekimori policy check|show [options] FILE|DIR|-\n"
    "       sekimori policy suggest [options] FILE|DIR|- ...      (policy suggest --help)\n\n"
    "check   every error at once, as file:line:column: what, why, and what would be right; then what is expired\n"
    "        or due for review today, exceptions and thresholds for rules that do not exist, and mutes of what is\n"
    "        critical. Tables that the policy names (ledger, clauses) are checked with it. - is standard input.\n"
    "show    what is in force today, one statement a line with the file and line where it stands; then the lists that\n"
    "        signatures compare with, what is not declared and therefore unknown, and which detections are off for "
    "it.\n\n"
    "suggest a first policy from captures: what was seen, how sure, and what to ask\n\n"
    "      --segment NAME    show: only this segment\n"
    "      --for ADDR        show: only what is said of this IP or MAC address\n"
    "      --json            show: one JSON object a statement\n"
    "      --signatures DIR  more signatures, whose names exceptions and watch may use; may be repeated\n"
    "  -h, --help            this text\n\n"
    "exit status: 0 no errors; 1 errors; 2 wrong call, or no such file\n";

enum { OPT_SEGMENT = 256, OPT_FOR, OPT_JSON, OPT_MORE_SIGNATURES };

static bool take_option(int c, struct policy_request *rq) {
    if (c == OPT_SEGMENT)
        rq->segment = optarg;
    else if (c == OPT_FOR)
        rq->address = optarg;
    else if (c == OPT_JSON)
        rq->json = true;
    else if (rq->n_signatures < POLICY_SIGNATURES_MAX)
        rq->signatures[rq->n_signatures++] = optarg;
    else {
        complain("--signatures: at most %d folders", POLICY_SIGNATURES_MAX);
        return false;
    }
    return true;
}

static int run(int argc, char **argv) {
    static const struct option longs[] = {{"segment", required_argument, NULL, OPT_SEGMENT},
                                          {"for", required_argument, NULL, OPT_FOR},
                                          {"json", no_argument, NULL, OPT_JSON},
                                          {"signatures", required_argument, NULL, OPT_MORE_SIGNATURES},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    static const struct option_set set = {&command_policy, ":h", longs};
    static const char *const words[] = {"check", "show", "suggest", NULL};
    struct policy_request rq = {0};
    size_t word;
    if (argc > 1 && strcmp(argv[1], "suggest") == 0)
        return policy_suggest(argc - 1, argv + 1);
    for (int c; (c = next_option(&set, argc, argv)) != OPTION_END;) {
        if (c == OPTION_HELP)
            return EXIT_OK;
        if (c == OPTION_WRONG || !take_option(c, &rq))
            return EXIT_WRONG_CALL;
    }
    if (optind == argc) {
        complain("policy what? check, show or suggest");
        return EXIT_WRONG_CALL;
    }
    if (!parse_word("policy", argv[optind], words, &word))
        return EXIT_WRONG_CALL;
    if (word == 2) {
        complain("options of policy suggest come behind its name");
        return EXIT_WRONG_CALL;
    }
    if (argc - optind != 2) {
        complain("policy %s takes one file or folder, or - for standard input", words[word]);
        return EXIT_WRONG_CALL;
    }
    if (word == 0 && (rq.segment || rq.address || rq.json)) {
        complain("--segment, --for and --json belong to policy show");
        return EXIT_WRONG_CALL;
    }
    rq.path = argv[optind + 1];
    return word == 0 ? policy_check(&rq) : policy_show(&rq);
}

const struct command command_policy = {"policy", "check a policy, show what is in force, suggest a first one", help,
                                       run};
