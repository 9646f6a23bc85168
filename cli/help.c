/* cli/help.c: help texts, made from the same tables that parse.
 *
 *     tundish CMD: what it does
 *     usage: tundish CMD PATHS --required VALUE [options]
 *     options                       the command's own, required ones first
 *     options of every command
 *     ...                           whatever the command adds (train: the trainer's parameters)
 *     notes, examples, exit status
 *
 * The overview lists the commands of main.c under their groups, in the order of the table. Lines
 * are at most 80 columns wide; an option's text starts in a fixed column and wraps at spaces.
 * Help goes to stdout and exits with 0, because it was asked for; a wrong call gets one line on
 * stderr instead. It does not page and does not use colour. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"

enum { WIDTH = 80, TEXT_COLUMN = 26 };

/* Greedy: a word that does not fit starts the next line; one that is too long for any line stands
 * alone on its own. */
void td_help_wrapped(const char *text, int at, int indent) {
    int is_line_start = 1;
    while (*text != '\0') {
        int n = (int)strcspn(text, " ");
        if (!is_line_start && at + 1 + n > WIDTH) {
            printf("\n%*s", indent, "");
            at = indent;
        } else if (!is_line_start) {
            putchar(' ');
            at++;
        }
        printf("%.*s", n, text);
        at += n;
        is_line_start = 0;
        text += n;
        while (*text == ' ') text++;
    }
    putchar('\n');
}

/* Name and value in the left column, the sentence in the right one; a long name gets a line of
 * its own. */
static void print_option(const td_option *option) {
    char text[512];
    int n = printf("  --%s%s%s", option->name, option->argument != NULL ? " " : "",
                   option->argument != NULL ? option->argument : "");
    if (n >= TEXT_COLUMN - 1) {
        putchar('\n');
        n = 0;
    }
    printf("%*s", TEXT_COLUMN - n, "");
    if (option->standard != NULL) {
        snprintf(text, sizeof text, "%s (default: %s)", option->help, option->standard);
    } else {
        snprintf(text, sizeof text, "%s%s", option->help, option->is_required ? " (required)" : "");
    }
    td_help_wrapped(text, TEXT_COLUMN, TEXT_COLUMN);
}

/* The options of a table that are required, or those that are not. */
static void print_options(const td_option *options, uint32_t n, int is_required) {
    for (uint32_t i = 0; i < n; i++) {
        if (options[i].is_required == is_required) print_option(&options[i]);
    }
}

/* Name and line of a command in a list of them. */
static void print_line(const td_command *command) {
    printf("  %-17s", command->name);
    td_help_wrapped(command->line, 19, 19);
}

/* A heading is printed whenever the group changes, so the table must keep groups together. */
void td_help_overview(const td_command *commands, uint32_t n) {
    printf("tundish %s: from a shop's event log to a funnel, a leak-safe model and a report\n\n"
           "usage: tundish COMMAND [options] [paths]\n",
           TD_VERSION);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(commands[i].group, commands[i - 1].group) != 0)
            printf("\n%s\n", commands[i].group);
        print_line(&commands[i]);
    }
    puts("\n`tundish COMMAND --help` shows the options of a command.");
}

void td_help_group(const td_command *commands, uint32_t n, const char *word) {
    size_t length = strlen(word);
    const char *group = NULL;
    for (uint32_t i = 0; i < n; i++) {
        const td_command *command = &commands[i];
        if (strncmp(command->name, word, length) != 0 || command->name[length] != ' ') continue;
        if (group == NULL) {
            group = command->group;
            printf("tundish %s: %s\n\nusage: tundish %s COMMAND [options] [paths]\n\n", word, group,
                   word);
        }
        print_line(command);
    }
    printf("\n`tundish %s COMMAND --help` shows the options of a command.\n", word);
}

/* " --data FILE" for each required option of a table; returns the column reached. */
static int print_required(const td_option *options, uint32_t n, int at) {
    for (uint32_t i = 0; i < n; i++) {
        const td_option *option = &options[i];
        if (!option->is_required) continue;
        if (at + (int)(strlen(option->name) + strlen(option->argument)) + 4 > WIDTH)
            at = printf("\n              ");
        at += printf(" --%s %s", option->name, option->argument);
    }
    return at;
}

/* usage: tundish CMD PATHS --required VALUE ... [options] */
static void print_synopsis(const td_command *command) {
    const td_usage *usage = command->usage;
    int at = printf("usage: tundish %s", command->name);
    if (usage->paths != NULL) at += printf(" %s", usage->paths);
    at = print_required(usage->shared, usage->n_shared, at);
    print_required(usage->options, usage->n_options, at);
    puts(usage->other != NULL ? " [options] [key=value ...]" : " [options]");
}

/* Required options first, then the command's own, then those it shares with others, then those of
 * all. */
void td_help_command(const td_command *command) {
    const td_usage *usage = command->usage;
    printf("tundish %s: ", command->name);
    td_help_wrapped(command->line, (int)strlen(command->name) + 10, 4);
    putchar('\n');
    print_synopsis(command);
    if (usage->n_options + usage->n_shared > 0) puts("\noptions");
    print_options(usage->shared, usage->n_shared, 1);
    print_options(usage->options, usage->n_options, 1);
    print_options(usage->options, usage->n_options, 0);
    print_options(usage->shared, usage->n_shared, 0);
    puts("\noptions of every command");
    print_options(td_common_options, td_n_common_options, 0);
    if (usage->print_more != NULL) usage->print_more();
    if (usage->notes != NULL) printf("\n%s\n", usage->notes);
    if (usage->examples != NULL) printf("\nexamples\n%s\n", usage->examples);
    puts("\nexit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted");
}
