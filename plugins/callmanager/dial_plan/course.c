/* Keeps the steps of a decision. Pure. */
#include "dial_plan/course.h"

#include <sojourn/base/array.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *put(char **at, const char *text) {
    const size_t size = strlen(text) + 1;
    char *start = *at;
    memcpy(start, text, size);
    *at += size;
    return start;
}

static void add(struct course *course, sj_routing_step_kind kind, const char *subject,
                const char *before, const char *after, const char *text) {
    char *block;
    if (course->count >= COURSE_STEPS_MAX ||
        !sj_array_room(&course->steps, &course->room, course->count + 1, sizeof *course->steps) ||
        (block = malloc(strlen(subject) + strlen(before) + strlen(after) + strlen(text) + 4)) ==
            NULL) {
        course->cut = true;
        return;
    }
    sj_routing_step *step = &course->steps[course->count++];
    step->depth = course->depth;
    step->kind = kind;
    step->subject = put(&block, subject); /* the first: it is what is freed */
    step->before = put(&block, before);
    step->after = put(&block, after);
    step->text = put(&block, text);
}

void course_add(struct course *course, sj_routing_step_kind kind, const char *subject,
                const char *format, ...) {
    char text[1700];
    va_list arguments;
    if (course == NULL) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add(course, kind, subject, "", "", text);
}

void course_add_change(struct course *course, sj_routing_step_kind kind, const char *subject,
                       const char *before, const char *after) {
    if (course != NULL && strcmp(before, after) != 0) {
        add(course, kind, subject, before, after, "");
    }
}

void course_enter(struct course *course) {
    if (course != NULL) {
        course->depth++;
    }
}

void course_leave(struct course *course) {
    if (course != NULL) {
        course->depth--;
    }
}

void course_back(struct course *course, size_t count) {
    while (course != NULL && course->count > count) {
        free((char *)course->steps[--course->count].subject);
    }
}

void course_clear(struct course *course) {
    course_back(course, 0);
    free(course->steps);
    memset(course, 0, sizeof *course);
}
