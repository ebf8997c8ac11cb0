/* Whether this build is one with the address sanitizer: all is slower in it, and its own maps are
 * terabytes. */
#ifndef SJ_TESTS_SANITIZED_H
#define SJ_TESTS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
