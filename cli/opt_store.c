/* cli/opt_store.c: reading one value by the kind of its option.
 *
 *     kind      field          accepted
 *     text      const char *   anything but nothing
 *     flag      int            nothing (= true), true, false, 1, 0, yes, no
 *     choice    const char *   one of the words of `argument`, "day|hour|weekday"
 *     whole     int64_t        [-] digits, inside [low, high]
 *     real      double         a finite decimal number inside [low, high]
 *
 * A value is taken whole or refused: no blanks, no trailing letters, no hexadecimal numbers, no
 * infinities, so that a slip of the finger is an error and not another number. The error text
 * shows the value as the user wrote it. Defaults pass through here as well, so a default that
 * its own range forbids cannot go unnoticed.
 *
 * Fields are written with memcpy: their addresses come from offsetof in a table, and the struct
 * that holds them lives in bytes of an arena. Cost O(length of the value). */
#include "cli/opt_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int td_text_is_whole(const char *text, int64_t *value) {
    const char *digits = *text == '-' ? text + 1 : text;
    if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits)) return 0;
    errno = 0;
    *value = strtoll(text, NULL, 10);
    return errno == 0; /* ERANGE: beyond 64 bits */
}

int td_text_is_real(const char *text, double *value) {
    /* strtod alone would take blanks, "inf", "nan" and hexadecimal numbers */
    if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text)) return 0;
    char *end = NULL;
    *value = strtod(text, &end);
    return *end == '\0' && *value - *value == 0; /* inf - inf is NaN */
}

const char *td_setting_dashes(const td_setting *setting) {
    return setting->file == NULL ? "--" : "";
}

/* "--gap: 'ten' is not a whole number", with the place when it stands in a file. */
static td_status fail_value(const td_setting *setting, const char *expected, td_error *err) {
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0, "%s%s: '%s' is not %s",
                      td_setting_dashes(setting), setting->name, setting->value, expected);
}

/* high = 0 stands for no upper limit, so that most rows of a table need not name one. */
static td_status check_range(const td_option *option, double x, const td_setting *setting,
                             td_error *err) {
    int has_top = option->high > 0;
    if (x >= option->low && (!has_top || x <= option->high)) return TD_OK;
    const char *dashes = td_setting_dashes(setting);
    if (has_top) {
        return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                          "%s%s: %s lies outside %.10g to %.10g", dashes, setting->name,
                          setting->value, option->low, option->high);
    }
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0,
                      "%s%s: %s is below the least value %.10g", dashes, setting->name,
                      setting->value, option->low);
}

/* A flag alone is true; a file and --flag=VALUE must say which. */
static td_status store_flag(int *out, const td_setting *setting, td_error *err) {
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes"}; /* odd = true */
    if (setting->value == NULL) {
        *out = 1;
        return TD_OK;
    }
    for (int i = 0; i < 6; i++) {
        if (strcmp(words[i], setting->value) == 0) {
            *out = i & 1;
            return TD_OK;
        }
    }
    return fail_value(setting, "true or false", err);
}

/* The words of a choice stand in `argument`, separated by '|': what help shows is what is
 * checked. */
static td_status store_choice(const char **out, const td_option *option, const td_setting *setting,
                              td_error *err) {
    uint64_t length = strlen(setting->value);
    for (const char *word = option->argument; *word != '\0';) {
        uint64_t n = strcspn(word, "|");
        if (n == length && memcmp(word, setting->value, n) == 0) {
            *out = setting->value;
            return TD_OK;
        }
        word += n + (word[n] == '|');
    }
    return td_fail_at(err, TD_ERR_ARG, setting->file, setting->line, 0, "%s%s: '%s' is none of %s",
                      td_setting_dashes(setting), setting->name, setting->value, option->argument);
}

/* Whole numbers keep all 64 bits; only their range check goes through a double. */
static td_status store_whole(char *field, const td_option *option, const td_setting *setting,
                             td_error *err) {
    int64_t whole = 0;
    if (!td_text_is_whole(setting->value, &whole))
        return fail_value(setting, "a whole number", err);
    TD_TRY(check_range(option, (double)whole, setting, err));
    memcpy(field, &whole, sizeof whole);
    return TD_OK;
}

static td_status store_real(char *field, const td_option *option, const td_setting *setting,
                            td_error *err) {
    double real = 0;
    if (!td_text_is_real(setting->value, &real)) return fail_value(setting, "a number", err);
    TD_TRY(check_range(option, real, setting, err));
    memcpy(field, &real, sizeof real);
    return TD_OK;
}

td_status td_option_store(char *base, const td_option *option, const td_setting *setting,
                          td_error *err) {
    char *field = base + option->at;
    const char *word = NULL;
    int flag = 0;
    switch (option->kind) {
    case TD_OPT_TEXT:
        if (*setting->value == '\0') return fail_value(setting, "a value", err);
        memcpy(field, &setting->value, sizeof setting->value);
        return TD_OK;
    case TD_OPT_FLAG:
        TD_TRY(store_flag(&flag, setting, err));
        memcpy(field, &flag, sizeof flag);
        return TD_OK;
    case TD_OPT_CHOICE:
        TD_TRY(store_choice(&word, option, setting, err));
        memcpy(field, &word, sizeof word);
        return TD_OK;
    case TD_OPT_WHOLE:
        return store_whole(field, option, setting, err);
    case TD_OPT_REAL:
        return store_real(field, option, setting, err);
    }
    TD_FAIL(err, TD_ERR_INTERNAL, "option kind %d", (int)option->kind);
}
