/* cli/main.c: the command table, in the order in which a newcomer meets the commands, and nothing
 * else. Each row: name, group, function, one line, usage (options and examples, in cmd_NAME.c). */
#include "cli/cmd.h"

static const td_command commands[] = {
    {"generate", "Make data", td_cmd_generate, "write a synthetic shop whose truth is known",
     &td_usage_generate},
    {"version", "Program", td_cmd_version, "version, instruction set and libraries in use",
     &td_usage_version},
};

int main(int argc, char **argv) {
    return td_cli_main(commands, sizeof commands / sizeof *commands, argc, argv);
}
