/* A phone with two lines, and what it refers to. */
#ifndef TESTS_STORE_PHONE_H
#define TESTS_STORE_PHONE_H

#include "tests/unit/store_fixture.h"

#include "resources/directory_number.h"
#include "resources/partition.h"
#include "resources/phone.h"

static const char phone_json[] =
    "{\"name\":\"SEP1\",\"model\":\"Cisco 8841\",\"expansion_modules\":[\"A\",\"\",\"B\"],"
    "\"lines\":[{\"directory_number\":\"1001@PT\",\"label\":\"one\"},{\"directory_number\":"
    "\"1002\"}]}";

static inline void put_phone(struct fixture *fixture) {
    must_put(fixture, &sj_partition_meta, "{\"name\":\"PT\"}");
    must_put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1001\",\"partition\":\"PT\"}");
    must_put(fixture, &sj_directory_number_meta, "{\"pattern\":\"1002\"}");
    must_put(fixture, &sj_phone_meta, phone_json);
}

#endif
