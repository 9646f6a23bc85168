/* cli/dispatch.c: from argv to an exit code.
 *
 *   1. Find the command; an unknown one is answered with the nearest, the first word of several
 *      ("uplift") with what they are.
 *   2. Parse its options by its table (opt.c), or print help.
 *   3. Catch SIGINT and SIGTERM: the handler sets a flag, the progress callback reads it, the job
 *      unwinds with TD_ERR_INTERRUPTED as from any other error. A second signal kills at once.
 *   4. Run the command; print its error as `tundish CMD: file:line:column: text` on stderr.
 *   5. Remove what is half written, flush and close stdout, and check that (a full disk shows there
 *      and nowhere else).
 *
 * Exit codes: 0 done; 1 failed; 2 wrong usage (TD_ERR_ARG); 130 interrupted. SIGPIPE is ignored, so
 * that a reader who leaves early (`| head`) meets step 5 too; that case is silent.
 *
 * The flag is the program's only global variable: a signal handler has no other way to speak. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/progress.h"
#include "core/base/nearest.h"
#include "io/file.h"

/* 130 = 128 + SIGINT, what a shell reports for a process that Ctrl-C has ended. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

static volatile sig_atomic_t is_asked_to_stop;

/* All that is safe inside a handler: one store. */
static void ask_to_stop(int signal_number) {
    (void)signal_number;
    is_asked_to_stop = 1;
}

/* SA_RESETHAND: the second Ctrl-C finds the default action and ends the process at once, for a
 * user who does not want to wait for the unwinding. */
static void catch_signals(void) {
    struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* "-" wherever a path is asked for. */
static int is_stdout(const char *path) { return path != NULL && strcmp(path, "-") == 0; }

int td_cli_has_text(const td_cli *cli, const char *out) {
    return !is_stdout(cli->json) && !is_stdout(out);
}

/* Opening and dropping a writer tells whether a file can be made there. What exists and is no
 * folder is left alone: opening and closing a named pipe would be the end of the file for its
 * reader. */
static td_status probe(const char *path, td_error *err) {
    if (path == NULL || is_stdout(path)) return TD_OK;
    if (td_path_exists(path) && !td_path_is_folder(path)) return TD_OK;
    td_writer *writer = NULL;
    TD_TRY(td_writer_open(&writer, path, err));
    td_writer_abort(writer);
    return TD_OK;
}

td_status td_cli_check_out(const td_cli *cli, const char *out, td_error *err) {
    TD_CHECK(!is_stdout(cli->json) || !is_stdout(out), err, TD_ERR_ARG,
             "JSON and data cannot share standard output");
    TD_TRY(probe(cli->json, err));
    return probe(out, err);
}

/* The bar is wiped first; it draws itself again at the next report. */
void td_cli_note(const td_cli *cli, const char *fmt, ...) {
    if (cli->is_quiet) return;
    td_progress_clear(cli->exec.progress_ctx);
    fprintf(stderr, "tundish %s: note: ", cli->command->name);
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

/* An impossible argument is wrong usage wherever it was found, in the options or in the library;
 * everything else that goes wrong is a failure of the work. */
static int exit_code(td_status status) {
    switch (status) {
    case TD_OK:
        return EXIT_DONE;
    case TD_ERR_ARG:
        return EXIT_USAGE;
    case TD_ERR_INTERRUPTED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_FAILED;
    }
}

/* `tundish CMD: file:line:column: text`; the last bytes of a very long one are cut. */
static void print_error(const td_command *command, const td_error *err) {
    char text[1024];
    td_error_format(err, text, sizeof text);
    fprintf(stderr, "tundish %s: %s\n", command->name, text);
}

/* Close stdout and report what only the close can tell. Returns the exit code to use. */
static int close_stdout(int code) {
    int is_bad = ferror(stdout);
    errno = 0;
    if (fclose(stdout) != 0) is_bad = 1;
    if (!is_bad) return code;
    if (errno != EPIPE)
        fprintf(stderr, "tundish: cannot write standard output: %s\n",
                errno != 0 ? strerror(errno) : "write error");
    return code == EXIT_DONE ? EXIT_FAILED : code;
}

/* Steps 4 and 5 of one command. The bar is wiped before the error is printed over it. */
static int run_parsed(const td_command *command, const td_parsed *parsed) {
    td_progress progress = {.is_shown = !parsed->common.is_quiet && isatty(STDERR_FILENO),
                            .is_asked = &is_asked_to_stop};
    td_cli cli = {.command = command,
                  .exec = {parsed->n_threads, td_progress_report, &progress},
                  .start = td_clock_process_start(),
                  .seed = (uint64_t)parsed->common.seed,
                  .is_quiet = parsed->common.is_quiet,
                  .json = parsed->common.json,
                  .path = parsed->path,
                  .n_paths = parsed->n_paths};
    td_error err = {0};
    td_status status = td_cli_check_out(&cli, NULL, &err);
    if (status == TD_OK) status = command->run(&cli, parsed->options, &err);
    td_progress_clear(&progress);
    if (status == TD_OK) return EXIT_DONE;
    td_file_remove_partials();
    print_error(command, &err);
    return exit_code(status);
}

/* Step 2, and the arena that owns everything the user said. */
static int run_command(const td_command *command, int argc, char **argv) {
    td_arena arena = {0};
    td_parsed parsed;
    td_error err = {0};
    int code = EXIT_DONE;
    td_status status = td_options_parse(&parsed, &arena, command->usage, argc, argv, &err);
    if (status != TD_OK) {
        print_error(command, &err);
        if (status == TD_ERR_ARG)
            fprintf(stderr, "`tundish %s --help` shows its options\n", command->name);
        code = exit_code(status);
    } else if (parsed.common.is_help) {
        td_help_command(command);
    } else {
        code = run_parsed(command, &parsed);
    }
    td_arena_free(&arena);
    return code;
}

/* 1 when the name is `word`, or starts with it and has a second word. */
static int starts_with_word(const char *name, const char *word) {
    size_t length = strlen(word);
    return strncmp(name, word, length) == 0 && (name[length] == '\0' || name[length] == ' ');
}

/* Step 1. Some names are two words ("uplift fit"): both are looked for first, *n_words says how
 * many were used. Command names are few, so no table of hashes. */
static const td_command *find_command(const td_command *commands, uint32_t n, char **word,
                                      int *n_words) {
    char both[64];
    snprintf(both, sizeof both, "%s %s", word[0], word[1] != NULL ? word[1] : "");
    int is_first = 0;
    for (uint32_t i = 0; i < n; i++) is_first |= starts_with_word(commands[i].name, word[0]);
    td_nearest nearest = td_nearest_to(is_first ? both : word[0]);
    for (uint32_t i = 0; i < n; i++) {
        const char *name = commands[i].name;
        *n_words = strcmp(name, both) == 0 ? 2 : 1;
        if (*n_words == 2 || strcmp(name, word[0]) == 0) return &commands[i];
        if (!is_first || starts_with_word(name, word[0])) td_nearest_offer(&nearest, name);
    }
    fprintf(stderr,
            "tundish: unknown command '%s', the nearest is '%s'\n"
            "`tundish --help` lists the commands\n",
            is_first ? both : word[0], nearest.name);
    return NULL;
}

/* Two spellings of one request. */
static int is_word(const char *word, const char *a, const char *b) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int is_help_word(const char *word) {
    return is_word(word, "help", "--help") || strcmp(word, "-h") == 0;
}

/* 1 when the words are the first one of two-word names and, at most, a request for help: answered
 * here, *code says how. */
static int answer_group(int *code, const td_command *commands, uint32_t n, char **word,
                        int is_help) {
    size_t length = strlen(word[0]);
    int is_group = 0;
    for (uint32_t i = 0; i < n; i++) {
        is_group |= starts_with_word(commands[i].name, word[0]) && commands[i].name[length] == ' ';
    }
    if (!is_group || (word[1] != NULL && !is_help_word(word[1]))) return 0;
    if (is_help || word[1] != NULL) {
        td_help_group(commands, n, word[0]);
        *code = EXIT_DONE;
        return 1;
    }
    fprintf(stderr,
            "tundish %s: a command is missing\n`tundish %s --help` lists the commands of %s\n",
            word[0], word[0], word[0]);
    *code = EXIT_USAGE;
    return 1;
}

/* Signals are caught from the first moment: a Ctrl-C while options are read is then answered by
 * the first report of progress. */
int td_cli_main(const td_command *commands, uint32_t n, int argc, char **argv) {
    catch_signals();
    if (argc < 2) {
        fputs("tundish: a command is missing\n`tundish --help` lists the commands\n", stderr);
        return EXIT_USAGE;
    }
    int is_help = is_help_word(argv[1]), code = EXIT_DONE;
    if (is_help && argc == 2) {
        td_help_overview(commands, n);
        return close_stdout(EXIT_DONE);
    }
    char **word = argv + 1 + is_help; /* tundish help COMMAND */
    char version[] = "version";
    if (is_word(*word, "--version", "-V")) *word = version;
    if (answer_group(&code, commands, n, word, is_help)) return close_stdout(code);
    int n_words = 1;
    const td_command *command = find_command(commands, n, word, &n_words);
    if (command == NULL) return EXIT_USAGE;
    if (is_help) {
        td_help_command(command);
        return close_stdout(EXIT_DONE);
    }
    word += n_words;
    return close_stdout(run_command(command, argc - (int)(word - argv), word));
}
