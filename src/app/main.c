/* SPDX-License-Identifier: Apache-2.0 */
/* sekimori: the command line. Each command is a file of its own; this one finds it by name. */
#include "app/command.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_read,    &command_watch,  &command_devices, &command_signatures, &command_policy,
    &command_explain, &command_fields, &command_schema,  &command_note,       &command_verify};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void usage(FILE *to) {
    fputs("sekimori (the keeper of a barrier station): a passive monitor for IPv6 misuse and boundary control\n\n"
          "usage: sekimori COMMAND [options] ...\n\ncommands:\n",
          to);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(to, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n  sekimori COMMAND --help   says everything about one of them\n"
          "  sekimori --version\n\n"
          "first steps:\n"
          "  sekimori read capture.pcapng                    facts and findings that need no policy\n"
          "  sekimori read -c policy.yml captures/           judged by the site's own policy\n"
          "  sekimori explain V6-011                         what a finding means and what to do\n\n"
          "exit status: 0 analysed; 1 could not; 2 wrong call, policy or signature; 3 analysed, but something\n"
          "was damaged or lost; 130 interrupted\n",
          to);
}

static int unknown_command(const char *name) {
    const char *names[N_COMMANDS + 1] = {0};
    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *near = sk_nearest(name, names);
    if (near)
        complain("no command `%s`. Did you mean `%s`?", name, near);
    else
        complain("no command `%s`. `sekimori --help` lists them", name);
    return EXIT_WRONG_CALL;
}

int main(int argc, char **argv) {
    setlocale(LC_ALL, "");
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a write error, told as such */
    if (argc < 2) {
        usage(stderr);
        return EXIT_WRONG_CALL;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("sekimori " SK_VERSION);
        return EXIT_OK;
    }
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    return unknown_command(argv[1]);
}
